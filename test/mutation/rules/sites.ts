import type { Mutation } from "../mutation.ts";

const BROWSERS = "test/browsers/one_node.test.ts";
const SCRIPT = "internal/adapters/http/count_script/count.js";

/** What the tag of a site sends, and what a node counts of it: page views, visits, visitors and bots. Simulations have no browsers. */
export const SITES: readonly Mutation[] = [
  {
    name: "Sites: a visit is over a moment before its 30 minutes",
    file: SCRIPT,
    find: "age < VISIT_MS",
    replace: "age < VISIT_MS - 1",
    test: BROWSERS,
  },
  {
    name: "Sites: a view that was not counted ends a visit",
    file: SCRIPT,
    find: "if (before) localStorage[key] = before;\n        else delete",
    replace: "delete",
    test: BROWSERS,
  },
  {
    name: "Sites: a view that was not counted begins a visit",
    file: SCRIPT,
    find: "if (!response.ok) takeBack();",
    replace: "",
    test: BROWSERS,
  },
  {
    name: "Sites: a page that wants nothing stored counts visits",
    file: SCRIPT,
    find: 'dataset.store === "none" ? UNNOTED : noted()',
    replace: "noted()",
    test: BROWSERS,
  },
  {
    name: "Sites: a page that is prerendered counts before it is shown",
    file: SCRIPT,
    find: 'if ("prerendering" in document && document.prerendering)',
    replace: "if (false)",
    test: BROWSERS,
  },
  {
    name: "Sites: a page that the browser kept does not count when it is shown again",
    file: SCRIPT,
    find: "event.persisted && count()",
    replace: "event",
    test: BROWSERS,
  },
  {
    name: "Sites: an application counts though its address stays",
    file: SCRIPT,
    find: "here() !== counted && count()",
    replace: "count()",
    test: BROWSERS,
  },
  {
    name: "Sites: a program counts as a person where a page is known",
    file: "internal/adapters/http/visits/visits.ts",
    find: " || isBot(req)) return false;",
    replace: ") return false;",
    test: BROWSERS,
  },
  {
    name: "Sites: a program counts as a person",
    file: "internal/adapters/http/visits/visits.ts",
    find: "const bot = isBot(ctx.req);",
    replace: "const bot = false;",
    test: BROWSERS,
  },
  {
    name: "Sites: a node that has heard no leader seems to count programs",
    file: "internal/adapters/http/visits/visits.ts",
    find: "return !counting.complete();",
    replace: "return false;",
    test: "test/adapters/http/ways/views.test.ts",
  },
  {
    name: "Sites: a node that has not heard of all sites seems to count programs",
    file: "internal/adapters/http/visits/visits.ts",
    find: "    if (counting.catchingUp()) throw new Problem(viewWhileCatchingUp());\n",
    replace: "    if (counting.catchingUp()) return false;\n",
    test: "test/adapters/http/ways/views.test.ts",
  },
  {
    name: "Sites: a browser that loads ahead counts as a person",
    file: "internal/adapters/http/visits/bots.ts",
    find: " || isLoadedAhead(req);",
    replace: ";",
    test: BROWSERS,
  },
  {
    name: "Sites: a visitor with Global Privacy Control is told apart",
    file: "internal/adapters/http/visits/visitor.ts",
    find: 'req.headers["sec-gpc"] === "1" || ',
    replace: "",
    test: BROWSERS,
  },
  {
    name: "Sites: visitors of a page that wants none are told apart",
    file: "internal/adapters/http/visits/view_response.ts",
    find: "visitor === null || !this.view.countsVisitor",
    replace: "visitor === null",
    test: BROWSERS,
  },
  {
    name: "Sites: a program that asks only for the head of an image is a visitor",
    file: "internal/adapters/http/badge/number_images.ts",
    find: ' && ctx.method !== "HEAD" ? shown.counts',
    replace: " ? shown.counts",
    test: BROWSERS,
  },
];
