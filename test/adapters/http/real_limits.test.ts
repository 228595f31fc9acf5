import assert from "node:assert/strict";
import { MAX_NAME_LENGTH } from "../../../internal/core/names.ts";
import { eventually } from "../../eventually.ts";
import { newKey } from "../../processes/keyed_clients.ts";
import { type RealNode, startRealNode } from "./real_node.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The longest names: one part, and as many parts as there can be. */
const LONGEST = ["n".repeat(MAX_NAME_LENGTH), `${"a/".repeat(MAX_NAME_LENGTH / 2 - 1)}zz`];

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly counted?: unknown;
  readonly duplicate?: boolean;
  readonly value?: number;
  readonly counters?: readonly { readonly counter: string }[];
  readonly hits?: readonly { readonly hits: number }[];
}

/** A whole node, from HTTP to its store and back: names and keys at their limits, and just past them. */
describe("HTTP: names and keys at their limits, on a real node", () => {
  let real: RealNode;
  beforeEach(async () => {
    real = await startRealNode(undefined, undefined, 0);
    await eventually(async () => (await set("ready", 1)).status === 200);
  });
  afterEach(() => real.end());

  async function ask(path: string, init: RequestInit = {}, base = real.url): Promise<Answer> {
    const response = await fetch(`${base}${path}`, init);
    const last = (await response.text()).trimEnd().split("\n").at(-1) ?? "";
    return { ...(JSON.parse(last) as Answer), status: response.status };
  }

  function set(counter: string, value: number): Promise<Answer> {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ value });
    return ask(`/v1/counters/${counter}`, { method: "PUT", headers, body }, real.adminUrl);
  }

  function hit(counter: string, key?: string, by?: number): Promise<Answer> {
    const headers = { ...(key && { "Idempotency-Key": key }), ...(by && { "Content-Type": "application/json" }) };
    return ask(`/v1/counters/${counter}/hits`, {
      method: "POST",
      headers,
      ...(by && { body: JSON.stringify({ by }) }),
    });
  }

  for (const name of LONGEST)
    it(`counts, sets, imports, shows and deletes ${name.slice(0, 6)}... of ${name.length} characters`, async () => {
      assert.equal((await hit(name)).status, 200);
      assert.equal((await hit(name, newKey(), 2)).duplicate, false);
      await eventually(async () => (await ask(`/v1/counters/${name}`)).value === 3);
      const day = new Date().toISOString().slice(0, 10);
      const next = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);
      const history = () => ask(`/v1/counters/${name}/history?from=${day}&to=${next}`);
      await eventually(async () => (await history()).hits?.[0]?.hits === 3);
      assert.equal((await set(name, 40)).value, 40);
      const headers = { "Content-Type": "application/x-ndjson", "Idempotency-Key": newKey() };
      const body = JSON.stringify({ counter: name, value: 2 });
      assert.equal((await ask("/v1/import", { method: "POST", headers, body }, real.adminUrl)).status, 200);
      await eventually(async () => (await ask(`/v1/counters/${name}`)).value === 42);
      assert.ok((await ask("/v1/counters")).counters?.some(({ counter }) => counter === name));
      assert.equal((await ask(`/v1/counters/${name}`, { method: "DELETE" }, real.adminUrl)).status, 200);
      await eventually(async () => (await ask(`/v1/counters/${name}`)).status === 404);
      for (const longer of [await hit(`${name}n`), await set(`${name}n`, 1)])
        assert.deepEqual([longer.status, longer.type], [400, "urn:global-cluster:problem:bad-name"]);
    });

  it("says of a key whether it was reused with another amount or has expired, and counts nothing", async () => {
    const key = newKey();
    assert.equal((await hit("orders", key, 2)).duplicate, false);
    assert.equal((await hit("orders", key, 2)).duplicate, true);
    const reused = await hit("orders", key, 3);
    assert.deepEqual(
      [reused.status, reused.type, reused.counted],
      [422, "urn:global-cluster:problem:key-reused", false],
    );
    const other = await hit("others", key, 2);
    assert.deepEqual([other.status, other.type, other.counted], [422, "urn:global-cluster:problem:key-reused", false]);
    const old = await hit("orders", keyAt(Date.now() - HOUR_MS));
    assert.deepEqual([old.status, old.type, old.counted], [422, "urn:global-cluster:problem:key-expired", false]);
    assert.equal((await hit("orders", key.replace(/^(.{14})7/, "$14"))).status, 400);
    assert.equal((await ask("/v1/counters/orders")).value, 2);
  });

  it("does not count a key that is more than a minute ahead, and does not say that it never will", async () => {
    const ahead = await hit("orders", keyAt(Date.now() + HOUR_MS));
    assert.deepEqual([ahead.status, ahead.type], [503, "urn:global-cluster:problem:not-committed"]);
    assert.equal(ahead.counted, "unknown");
    assert.equal((await ask("/v1/counters/orders")).status, 404);
    assert.equal((await hit("orders", keyAt(Date.now() + 30_000))).duplicate, false);
  });
});

function keyAt(ms: number): string {
  const time = ms.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}${newKey().slice(13)}`;
}
