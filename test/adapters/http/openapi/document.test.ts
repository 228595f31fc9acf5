import assert from "node:assert/strict";
import * as accessProblems from "../../../../internal/adapters/http/access/access_problems.ts";
import * as adjustProblems from "../../../../internal/adapters/http/adjusting/adjust_problems.ts";
import { createBadges } from "../../../../internal/adapters/http/badge/badge.ts";
import { createDigits } from "../../../../internal/adapters/http/digits/digits.ts";
import { Hosts } from "../../../../internal/adapters/http/hosts.ts";
import * as keyProblems from "../../../../internal/adapters/http/keyed/key_problems.ts";
import * as linkProblems from "../../../../internal/adapters/http/links/link_problems.ts";
import { openapi } from "../../../../internal/adapters/http/openapi/openapi.ts";
import { Origins } from "../../../../internal/adapters/http/origins.ts";
import { createPage } from "../../../../internal/adapters/http/page/page.ts";
import * as problems from "../../../../internal/adapters/http/problems.ts";
import { createRouter } from "../../../../internal/adapters/http/routes.ts";
import { Visits } from "../../../../internal/adapters/http/visits/visits.ts";
import { systemClock } from "../../../../internal/adapters/system/system_clock.ts";
import { jsonOf } from "../json_of.ts";
import { MemoryCounting } from "../memory_counting.ts";
import { serve } from "../serving.ts";

const KEYED_REASONS = ["expired", "reused", "no-keys-yet", "store-away", "too-many-waiting", "not-answered"] as const;
const ADJUST_REASONS = [
  ...([
    "generation",
    "too-large",
    "reused",
    "expired",
    "ahead",
    "not-allowed",
    "too-many-counters",
    "too-many-links",
    "too-many-deleted",
  ] as const),
  ...(["upgrading", "store-away", "too-many-waiting", "not-answered", "no-leader"] as const),
];
const METHODS = ["get", "head", "post", "put", "delete"];

/** `/openapi.json` describes every route and answer of the server, and no other. */
describe("openapi: the document", () => {
  const document = openapi();
  const paths = Object.entries(document.paths);

  it("has every route of the server, and no other", () => {
    const documented = paths.flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
    );
    assert.deepEqual(documented.sort(), routes().sort());
  });

  it("is what the server gives", async () => {
    const node = await serve();
    const response = await fetch(`${node.url}/openapi.json`);
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.deepEqual(await jsonOf(response), JSON.parse(JSON.stringify(document)));
    await node.close(100);
  });

  it("has all that its references mean, and uses all that it has", () => {
    const text = JSON.stringify(document);
    const meant = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? "");
    assert.deepEqual([...new Set(meant)].sort(), Object.keys(document.components.schemas).sort());
  });

  it("names each operation once, with all parts of its path", () => {
    const operations = paths.flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, ...(operation as Operation) })),
    );
    const ids = operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { path, method, parameters = [], summary } of operations) {
      assert.ok(
        METHODS.includes(method) && /\.$/.test(summary.replace(/[.>;]$/, ".")),
        `${method} ${String(path).replace("*name", ":name")}`,
      );
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      assert.deepEqual(
        parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name),
        inPath,
      );
    }
  });

  it("knows every kind of problem that a route may answer with", () => {
    const text = JSON.stringify(document);
    const refused = { refusal: "by", counter: "a", by: 2, maxBy: 1 };
    const all = [
      ...Object.values(problems).map((refuse) => (refuse as Maker)("journal", "a", [])),
      ...KEYED_REASONS.map((reason) =>
        keyProblems.uncountedKey({ accepted: false, reason, waitsFor: [], counted: false }, "a"),
      ),
      keyProblems.badKey("a"),
      keyProblems.keyNotHere(),
      ...ADJUST_REASONS.map((reason) =>
        adjustProblems.notAdjusted({ done: false, reason, waitsFor: [], counter: "a", generation: 1, line: 1 }, "a"),
      ),
      adjustProblems.adminNeeded(null),
      adjustProblems.badIfMatch("1"),
      adjustProblems.badLine(1, "It is bad."),
      ...Object.values(linkProblems).map((refuse) => (refuse as Maker)("a")),
      ...Object.values(accessProblems).map((refuse) => (refuse as Maker)(refused, 1)),
    ];
    for (const fields of all) {
      const kind = typeof fields === "object" && fields !== null && "kind" in fields ? String(fields.kind) : null;
      // A path without routes, or a method that a path has not, is in no operation.
      if (kind === null || kind === "wrong-method") continue;
      assert.ok(text.includes(`\`${kind}\``), kind);
    }
  });

  function routes(): string[] {
    const counting = new MemoryCounting();
    const unused = {} as never;
    const imageDeps = { counting, origins: unused, logger: unused, showProblem: unused, periodHits: unused };
    const router = createRouter({
      ...{
        counting,
        clock: systemClock,
        page: createPage(counting, systemClock),
        origins: new Origins("*", new Hosts("*", null)),
      },
      ...{
        metrics: unused,
        logger: unused,
        events: unused,
        images: [createBadges(imageDeps), createDigits(imageDeps)],
        periodHits: unused,
        pixel: unused,
        visits: new Visits({ counting, periodHits: unused, origins: unused, gate: unused }),
        waits: unused,
        commitDeadline: 0,
      },
      gate: unused,
      adjusting: unused,
      adminElsewhere: false,
    });
    return router.stack.flatMap(({ methods, path }) =>
      methods.map((method) => `${method} ${String(path).replace("*name", ":name")}`),
    );
  }
});

type Maker = (...args: unknown[]) => unknown;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}
