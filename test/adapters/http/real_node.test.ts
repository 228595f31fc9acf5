import assert from "node:assert/strict";
import { eventually } from "../../eventually.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import { jsonOf } from "./json_of.ts";
import { type RealNode, startRealNode } from "./real_node.ts";

/** A real node behind the server counts each hit once and shows it at once. */
describe("HTTP: a real node", () => {
  let real: RealNode;
  beforeEach(async () => {
    real = await startRealNode();
    await eventually(() => real.node.cluster().ledger !== null);
  });
  afterEach(() => real.end());

  const get = (path: string, method = "GET") => fetch(`${real.url}${path}`, { method });
  const hit = (counter: string, query = "") =>
    jsonOf(fetch(`${real.url}/v1/counters/${counter}/hits${query}`, { method: "POST" }));

  it("shows a hit at once, and as committed after its round, each once", async () => {
    for (let value = 1; value <= 20; value += 1) assert.equal((await hit("visits")).value, value);
    await eventually(async () => (await jsonOf(get("/v1/counters/visits"))).committed === 20);
    const { value, pending, regions } = await jsonOf(get("/v1/counters/visits"));
    assert.deepEqual([value, pending, regions], [20, 0, { "eu-west": 20 }]);
  });

  it("answers wait=committed with the hit in the committed total", async () => {
    const { counter, value, committed, pending } = await hit("visits", "?wait=committed");
    assert.deepEqual([counter, value, committed, pending], ["visits", 1, 1, 0]);
  });

  it("knows no counter that nobody counted, and lists the others in pages", async () => {
    for (const counter of ["b", "a", "c"]) await hit(counter, "?wait=committed");
    assert.equal((await get("/v1/counters/never")).status, 404);
    const first = await jsonOf(get("/v1/counters?limit=2"));
    assert.equal(first.next, "b");
    const { version, ...second } = await jsonOf(get("/v1/counters?limit=2&after=b"));
    assert.deepEqual(second, { counters: [{ counter: "c", committed: 1, regions: { "eu-west": 1 } }], next: null });
    assert.equal(version, real.node.cluster().ledger?.version);
  });

  it("counts a visit of the page, and none for HEAD or for reading", async () => {
    for (const path of ["/", "/v1/events", "/v1/counters"]) assert.equal((await get(path, "HEAD")).status, 200);
    for (const path of ["/v1/counters", "/v1/cluster"]) await (await get(path)).text();
    assert.equal(real.node.statistics().accepted, 0);
    await (await get("/")).text();
    assert.equal(real.node.statistics().accepted, 1);
  });

  it("streams the committed total, again after each reconnect", async () => {
    for (let total = 1; total <= 3; total += 1) {
      const watching = new AbortController();
      const response = await fetch(`${real.url}/v1/events`, { signal: watching.signal });
      await hit("visits");
      assert.ok(response.body);
      let text = "";
      for await (const bytes of response.body) {
        text += Buffer.from(bytes).toString();
        if (text.includes(`"committed":${total},"pending":0`)) break;
      }
      watching.abort();
    }
  });

  it("wants no traffic once it drains, refuses hits then, and leaves nothing behind", async () => {
    await hit("visits");
    assert.equal((await get("/readyz")).status, 200);
    const drained = real.node.drain();
    assert.equal((await get("/readyz")).status, 503);
    assert.equal((await get("/healthz")).status, 200);
    assert.equal((await drained).left, 0);
    assert.equal((await hit("visits")).type, "urn:global-cluster:problem:draining");
    assert.equal((await jsonOf(get("/v1/counters/visits"))).committed, 1);
  });
});

describe("HTTP: a real node that drains", () => {
  it("tells when it is about to refuse hits, and still takes one then", async () => {
    const real = await startRealNode();
    await eventually(() => real.node.cluster().ledger !== null);
    const outcomes: boolean[] = [];
    const count = () => real.node.hit("visits", 1, ({ accepted }) => outcomes.push(accepted));
    await real.node.drain(count);
    count();
    await eventually(() => outcomes.length === 2);
    assert.deepEqual(outcomes, [true, false]);
    await real.end();
  });
});

describe("HTTP: a real node on a store with a ledger of an unknown version", () => {
  it("says that it is corrupt, counts on, and overwrites nothing", async () => {
    const head = new TextEncoder().encode('{"format":99}\n');
    const real = await startRealNode((store) => store.overwrite(0, { puts: new Map([["head", head]]) }));
    try {
      await eventually(() => real.node.cluster().store === "corrupt");
      const response = await fetch(`${real.url}/v1/counters/visits/hits`, { method: "POST" });
      assert.deepEqual(await jsonOf(response), { counter: "visits", value: null, committed: null, pending: 1 });
      assert.equal((await fetch(`${real.url}/readyz`)).status, 200);
      assert.deepEqual([...((await everythingIn(real.store)).entries.get("head") ?? [])], [...head]);
    } finally {
      await real.end();
    }
  });
});

describe("HTTP: a real node on a store that it may not write", () => {
  for (const [outcome, entry] of [
    ["corrupt", "head"],
    ["store_lost", "rounds/0000000000000001"],
  ] as const)
    it(`counts each round of its leader as ${outcome}`, async () => {
      const puts = new Map([[entry, new TextEncoder().encode("{}\n")]]);
      const real = await startRealNode((store) => store.overwrite(0, { puts }));
      try {
        await eventually(() => real.outcomes.length >= 3);
        assert.deepEqual([...new Set(real.outcomes)], [outcome]);
      } finally {
        await real.end();
      }
    });
});
