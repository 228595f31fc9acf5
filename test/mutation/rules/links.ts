import type { Mutation } from "../mutation.ts";

const GO = "internal/adapters/http/links/go_route.ts";
const HTTP = "test/adapters/http/links/links.test.ts";
const ROUND = "test/core/ledger/adjusting_round.test.ts";
const STORY = "test/simulation/scenarios/links.test.ts";

/** Visitors of a link are counted before they are led on, only to where an admin has set it, and by every node to the same address. */
export const LINKS: readonly Mutation[] = [
  {
    name: "Links: the address comes from the request",
    file: GO,
    find: "    lead(ctx, destination);",
    replace: '    lead(ctx, typeof ctx.query.url === "string" ? ctx.query.url : destination);',
    test: HTTP,
  },
  {
    name: "Read: a link may be missing",
    file: "internal/core/ledger/ledger_reading.ts",
    find: "if (this.#linksKept !== null && this.#links.size !== this.#linksKept)",
    replace: "if (this.#linksKept !== null && this.#links.size > this.#linksKept)",
    test: ROUND,
  },
  {
    name: "Links: a visitor is led on before the hit is counted",
    file: GO,
    find: "await countVisit(ctx, deps, counter, destination);",
    replace: "countVisit(ctx, deps, counter, destination).catch(() => {});",
    test: HTTP,
  },
  {
    name: "Links: a visit that is not counted is led on",
    file: GO,
    find: "  if (!outcome.accepted) throw new Problem(uncountedHit(outcome.reason, counter));",
    replace: "  void outcome;",
    test: HTTP,
  },
  {
    name: "Links: a request without a visitor counts",
    file: GO,
    find: 'if (ctx.method !== "HEAD") ',
    replace: "",
    test: HTTP,
  },
  {
    name: "Links: a program counts as a visitor",
    file: GO,
    find: "if (isBot(ctx.req)) await setAside(deps.counting, counter);\n    else await",
    replace: "await",
    test: HTTP,
  },
  {
    name: "Links: what a browser loads ahead is led on",
    file: GO,
    find: "    if (isLoadedAhead(ctx.req)) throw new Problem(loadedAhead());\n",
    replace: "",
    test: HTTP,
  },
  {
    name: "Links: they lead to addresses of any kind",
    file: "internal/core/links/destination.ts",
    find: "const ADDRESS = /^https?:\\/\\/[\\x21-\\x7e]+$/;",
    replace: "const ADDRESS = /^[a-z]+:[\\x21-\\x7e]+$/;",
    test: "test/core/links/destination.test.ts",
  },
  {
    name: "Links: there is no bound",
    file: "internal/core/links/links.ts",
    find: "return links.size <= MAX_LINKS && sizeOfLinks(links) <= MAX_LINK_BYTES;",
    replace: "return links.size >= 0;",
    test: ROUND,
  },
  {
    name: "Links: a counter is made again in the version that deletes it",
    file: "internal/core/ledger/adjusting_round.ts",
    find: "    if (this.#replaced.has(counter)) return null;\n    const { links } = this.#draft;",
    replace: "    const { links } = this.#draft;",
    test: ROUND,
  },
  {
    name: "Links: nobody notes which version changed them",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "this.linked.size > 0 ? version : this.#ledger.linksVersion",
    replace: "this.#ledger.linksVersion",
    test: STORY,
  },
  {
    name: "Links: a leader does not read them",
    file: "internal/core/ledger/ledger_reading.ts",
    find: "KEY_NAMES, LINK_NAMES, MARK_NAMES,",
    replace: "KEY_NAMES, MARK_NAMES,",
    test: STORY,
  },
  {
    name: "Links: a node that goes on from what it has is not told",
    file: "internal/services/leader/publisher.ts",
    find: "(since === null || linksVersion > since)",
    replace: "since === null",
    test: STORY,
  },
  {
    name: "Links: a node that gets everything is not told",
    file: "internal/services/leader/publisher.ts",
    find: "(since === null || linksVersion > since)",
    replace: "since !== null && linksVersion > since",
    test: STORY,
  },
  {
    name: "Links: a node forgets them when nothing changed",
    file: "internal/services/counter/node_links.ts",
    find: "else if (since === null) this.shown",
    replace: "else this.shown",
    test: STORY,
  },
  {
    name: "Links: a node keeps those of another ledger",
    file: "internal/services/counter/node_links.ts",
    find: "else if (since === null) this.shown = new Map();",
    replace: "else if (since === null) this.shown ??= new Map();",
    test: "test/services/counter/node_links.test.ts",
  },
  {
    name: "Links: those of a lost ledger stay in the store",
    file: "internal/services/adoption/adoption.ts",
    find: '"keys", "links", "marks"',
    replace: '"keys", "marks"',
    test: STORY,
  },
];
