import assert from "node:assert/strict";
import { jsonOf } from "./json_of.ts";
import { OPEN_ACCESS } from "./open_access.ts";
import { type Serving, serve } from "./serving.ts";

const JSON_BODY = { "content-type": "application/json" };

/**
 * A hit is answered when it is in the journal, or with wait=committed when it is in the ledger, and is always in its
 * own value.
 */
describe("HTTP: hits", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve({ commitDeadline: 60_000, access: OPEN_ACCESS });
  });
  afterEach(() => node.close(100));

  function post(path: string, body?: string): Promise<Response> {
    return fetch(`${node.url}${path}`, { method: "POST", ...(body === undefined ? {} : { body, headers: JSON_BODY }) });
  }

  it("counts one without a body, and answers with the hit in the value", async () => {
    node.counting.totals.set("visits", 1231n);
    const response = await post("/v1/counters/visits/hits");
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(await response.text(), '{"counter":"visits","value":1232,"committed":1231,"pending":1}');
  });

  it("answers the same with and without a body", async () => {
    const bodies = [undefined, "", "{}", '{"by":1}', ' {"by":1.0} '];
    for (const body of bodies) assert.equal((await post("/v1/counters/a/hits", body)).status, 200);
    assert.equal(node.counting.pending.get("a"), bodies.length);
    const fast = Object.keys(JSON.parse(await (await post("/v1/counters/a/hits")).text()));
    const slow = Object.keys(JSON.parse(await (await post("/v1/counters/a/hits", "{}")).text()));
    assert.deepEqual(fast, slow);
  });

  it("counts `by` hits", async () => {
    const { value } = await jsonOf(post("/v1/counters/visits/hits", '{"by":1000000}'));
    assert.equal(value, 1_000_000);
    assert.equal(node.counting.accepted, 1_000_000);
  });

  it("keeps counters apart, whatever their names", async () => {
    const names = ["a", "a-b", "a.b", "a_b", "0", "hits", "constructor", "x".repeat(128)];
    for (const name of names) {
      const { counter, value } = await jsonOf(post(`/v1/counters/${name}/hits`));
      assert.deepEqual([counter, value], [name, 1]);
    }
  });

  it("writes numbers up to 2^53 - 1, and strings beyond", async () => {
    node.counting.totals.set("a", 2n ** 53n - 2n);
    const first = await (await post("/v1/counters/a/hits")).text();
    assert.equal(first, '{"counter":"a","value":9007199254740991,"committed":9007199254740990,"pending":1}');
    const second = await (await post("/v1/counters/a/hits")).text();
    assert.equal(second, '{"counter":"a","value":"9007199254740992","committed":9007199254740990,"pending":2}');
    const slow = await jsonOf(post("/v1/counters/a/hits", "{}"));
    assert.equal(slow.value, "9007199254740993");
  });

  it("says null for a total that is not known yet", async () => {
    node.counting.known = false;
    assert.equal(
      await (await post("/v1/counters/a/hits")).text(),
      '{"counter":"a","value":null,"committed":null,"pending":1}',
    );
  });

  it("follows the committed total from round to round", async () => {
    await post("/v1/counters/a/hits");
    node.counting.round();
    const { value, committed, pending } = await jsonOf(post("/v1/counters/a/hits"));
    assert.deepEqual([value, committed, pending], [2, 1, 1]);
  });

  it("remembers no more URLs than it should, and counts under each", async () => {
    for (let index = 0; index < 1500; index += 1) await (await post(`/v1/counters/c${index}/hits`)).text();
    assert.equal(node.counting.pending.size, 1500);
    assert.equal(node.counting.accepted, 1500);
  });

  describe("with wait=committed", () => {
    it("answers after the round, not before", async () => {
      let answered = false;
      const answer = post("/v1/counters/a/hits?wait=committed", '{"by":3}').then((response) => {
        answered = true;
        return jsonOf(response);
      });
      await node.counting.untilWaiting(1);
      assert.equal(answered, false);
      node.counting.round();
      assert.deepEqual(await answer, { counter: "a", value: 3, committed: 3, pending: 0 });
    });

    it("refuses those over its bound before it counts them", async () => {
      const small = await serve({ commitDeadline: 60_000, maxCommitWaits: 2 });
      const post = () => fetch(`${small.url}/v1/counters/a/hits?wait=committed`, { method: "POST" });
      const waiting = [post(), post()];
      await small.counting.untilWaiting(2);
      const refused = await post();
      assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
      const problem = await jsonOf(refused);
      assert.deepEqual([problem.type, problem.counted], ["urn:global-cluster:problem:too-many-waiting", false]);
      assert.equal(small.counting.accepted, 2);
      small.counting.round();
      for (const response of await Promise.all(waiting)) assert.equal(response.status, 200);
      const again = post();
      await small.counting.untilWaiting(1);
      small.counting.round();
      assert.equal((await again).status, 200);
      await small.close(100);
    });

    it("says after its deadline that the hit is counted, and does not ask to send it again", async () => {
      const hasty = await serve({ commitDeadline: 50 });
      const response = await fetch(`${hasty.url}/v1/counters/a/hits?wait=committed`, { method: "POST" });
      assert.equal(response.status, 503);
      assert.equal(response.headers.get("retry-after"), null);
      const problem = await jsonOf(response);
      assert.deepEqual([problem.type, problem.counted], ["urn:global-cluster:problem:not-committed-yet", true]);
      assert.equal(hasty.counting.accepted, 1);
      await hasty.close(100);
    });
  });

  describe("that are refused", () => {
    const REFUSALS = [
      ["draining", 503, "1"],
      ["journal", 503, "1"],
      ["too-many-counters", 409, null],
      ["not-allowed", 403, null],
    ] as const;
    for (const [reason, status, retryAfter] of REFUSALS) {
      for (const body of [undefined, '{"by":2}']) {
        it(`${reason}, ${body ? "with" : "without"} a body: ${status}`, async () => {
          node.counting.refusal = reason;
          const response = await post("/v1/counters/a/hits", body);
          assert.deepEqual([response.status, response.headers.get("retry-after")], [status, retryAfter]);
          const problem = await jsonOf(response);
          assert.deepEqual([problem.type, problem.counted], [`urn:global-cluster:problem:${reason}`, false]);
        });
      }
    }
  });
});
