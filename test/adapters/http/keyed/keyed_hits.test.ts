import assert from "node:assert/strict";
import { jsonOf } from "../json_of.ts";
import { OPEN_ACCESS } from "../open_access.ts";
import { type Serving, serve } from "../serving.ts";

const KEY = "01932c07-2c5a-7d3c-9a5e-6f1d0c2b4a98";
const OTHER = "01932c07-2c5b-7d3c-9a5e-6f1d0c2b4a98";

/** A request with an idempotency key counts once, is answered when that is committed, and its answer says what is known. */
describe("HTTP: hits with a key", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve({ access: OPEN_ACCESS });
    node.counting.totals.set("visits", 41n);
  });
  afterEach(() => node.close(100));

  function post(key: string, body?: string, counter = "visits"): Promise<Response> {
    const headers = { "Idempotency-Key": key, ...(body !== undefined && { "content-type": "application/json" }) };
    return fetch(`${node.url}/v1/counters/${counter}/hits`, {
      method: "POST",
      headers,
      ...(body !== undefined && { body }),
    });
  }

  for (const body of [undefined, "{}"])
    it(`count once, and say so, ${body === undefined ? "without a body" : "with one"}`, async () => {
      for (const duplicate of [false, true]) {
        const response = await post(KEY, body);
        assert.equal(response.status, 200);
        assert.equal(response.headers.get("idempotency-key"), KEY);
        assert.deepEqual(await response.json(), {
          counter: "visits",
          value: 42,
          committed: 42,
          pending: 0,
          duplicate,
        });
      }
    });

  it("count what the body says, and new counters", async () => {
    const { value } = await jsonOf(post(KEY, '{"by":7}', "brand-new"));
    assert.equal(value, 7);
    assert.equal((await jsonOf(post(OTHER, undefined, "another"))).value, 1);
  });

  it("take the key in capitals, too, and echo it as it was sent", async () => {
    assert.equal((await jsonOf(post(KEY))).duplicate, false);
    const response = await post(KEY.toUpperCase());
    assert.equal(response.headers.get("idempotency-key"), KEY.toUpperCase());
    assert.equal((await jsonOf(response)).duplicate, true);
  });

  it("have the key and the number of their own request, however many come at once", async () => {
    node.counting.totals.set("others", 41n);
    const keys = Array.from({ length: 30 }, (_, at) => `01932c07-2c5a-7d3c-9a5e-${String(at).padStart(12, "0")}`);
    const counterOf = (at: number) => (at % 2 === 0 ? "others" : "visits");
    const sent = keys.map((key, at) => post(key, undefined, counterOf(at)));
    const responses = await Promise.all(sent);
    assert.deepEqual(
      responses.map(({ headers }) => headers.get("idempotency-key")),
      keys,
    );
    const bodies = (await Promise.all(responses.map((response) => response.json()))) as { counter: string }[];
    assert.deepEqual(
      bodies.map(({ counter }) => counter),
      keys.map((_, at) => counterOf(at)),
    );
    const dates = responses.map(({ headers }) => Date.parse(headers.get("date") ?? ""));
    assert.ok(dates.every((date) => Math.abs(date - Date.now()) < 10_000));
  });

  const wrong = [
    ["nothing", ""],
    ["a UUID of version 4", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
    ["quotes", `"${KEY}"`],
    ["no dashes", KEY.replaceAll("-", "")],
    ["two keys", `${KEY}, ${OTHER}`],
    ["another variant", KEY.replace("-9a5e-", "-ca5e-")],
    ["a long text", "x".repeat(1_000)],
  ] as const;
  for (const [what, key] of wrong)
    it(`are refused with 400 if the key is ${what}`, async () => {
      for (const body of [undefined, "{}"]) {
        const response = await post(key, body);
        assert.equal(response.status, 400);
        const problem = await jsonOf(response);
        assert.equal(problem.type, "urn:global-cluster:problem:bad-key");
        assert.equal(problem.counted, false);
      }
      assert.equal(node.counting.totals.get("visits"), 41n);
    });

  it("are refused where a key would have no effect", async () => {
    for (const path of ["/", "/c/visits"]) {
      const response = await fetch(`${node.url}${path}`, { headers: { "Idempotency-Key": KEY } });
      assert.equal(response.status, 400);
    }
    const pixel = await fetch(`${node.url}/pixel/visits.gif`, { headers: { "Idempotency-Key": KEY } });
    assert.equal(pixel.headers.get("problem-type"), "urn:global-cluster:problem:key-not-here");
    assert.equal(node.counting.accepted, 0);
  });

  const outcomes = [
    [{ reason: "expired", counted: false }, 422, "key-expired"],
    [{ reason: "expired", counted: "unknown" }, 422, "key-expired"],
    [{ reason: "reused", counted: false }, 422, "key-reused"],
    [{ reason: "not-answered", counted: "unknown" }, 503, "not-committed"],
    [{ reason: "not-answered", counted: false }, 503, "not-committed"],
    [{ reason: "store-away", counted: false }, 503, "store-away"],
    [{ reason: "too-many-waiting", counted: false }, 503, "too-many-waiting"],
    [{ reason: "no-keys-yet", waitsFor: ["old-1"], counted: false }, 503, "upgrading"],
    [{ reason: "draining", counted: false }, 503, "draining"],
    [{ reason: "not-allowed", counted: false }, 403, "not-allowed"],
  ] as const;
  for (const [outcome, status, kind] of outcomes)
    it(`say ${status} ${kind}, counted: ${outcome.counted}, if the node says ${outcome.reason}`, async () => {
      node.counting.keyedOutcome = { accepted: false, ...outcome };
      for (const body of [undefined, "{}"]) {
        const response = await post(KEY, body);
        assert.equal(response.status, status);
        assert.equal(response.headers.get("idempotency-key"), KEY);
        const problem = await jsonOf(response);
        assert.equal(problem.type, `urn:global-cluster:problem:${kind}`);
        assert.equal(problem.counted, outcome.counted);
        if (outcome.reason === "no-keys-yet") assert.match(String(problem.detail), /waits for old-1\./);
      }
    });
});
