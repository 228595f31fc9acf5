import assert from "node:assert/strict";
import { USUAL_RATES } from "../../../../internal/adapters/http/access/access_rates.ts";
import { systemClock } from "../../../../internal/adapters/system/system_clock.ts";
import { type Serving, serve } from "../serving.ts";
import { bearer, tokensFor } from "./tokens.ts";

const TIGHT = { burst: 2, intervalMs: 1_000 };
const RATES = { ...USUAL_RATES, streams: { perAddress: TIGHT, inAll: { burst: 3, intervalMs: 1_000 } } };

/** How often an address may open streams and try tokens. Hits of counters that exist have no rate. */
describe("HTTP: rates", () => {
  let node: Serving;
  let now = 0;
  beforeEach(async () => {
    now = 0;
    const clock = { ...systemClock, monotonic: () => now };
    node = await serve({
      clock,
      access: { rates: RATES, tokens: tokensFor({ all: {} }), trustedProxies: ["127.0.0.1"] },
    });
  });
  afterEach(() => node.close(100));

  async function stream(from: string, headers: Record<string, string> = {}): Promise<number> {
    const response = await fetch(`${node.url}/v1/events`, { headers: { "X-Forwarded-For": from, ...headers } });
    await response.body?.cancel();
    return response.status;
  }
  const hit = (headers: Record<string, string>) =>
    fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST", headers });

  it("limit new streams by address and in all, and say how long to wait", async () => {
    assert.deepEqual([await stream("1.1.1.1"), await stream("1.1.1.1"), await stream("1.1.1.1")], [200, 200, 429]);
    assert.deepEqual([await stream("2.2.2.2"), await stream("3.3.3.3")], [200, 429]);
    now = 1_000;
    assert.deepEqual([await stream("1.1.1.1"), await stream("1.1.1.1")], [200, 429]);
  });

  it("count an IPv6 address under its /64", async () => {
    const addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:9::"];
    assert.deepEqual(
      [await stream(addresses[0]!), await stream(addresses[1]!), await stream(addresses[2]!)],
      [200, 200, 429],
    );
    assert.equal(await stream("2001:db8:0:1::1"), 200);
  });

  it("do not hold for those who have a token", async () => {
    for (let times = 0; times < 5; times += 1) assert.equal(await stream("1.1.1.1", bearer("all")), 200);
  });

  it("slow down those who guess tokens, and not those who have one", async () => {
    const guesses: number[] = [];
    for (let times = 0; times < 12; times += 1) guesses.push((await hit(bearer(`guess-${times}`))).status);
    assert.deepEqual(guesses, [...Array(10).fill(401), 429, 429]);
    const refused = await hit(bearer("guess"));
    assert.equal(refused.headers.get("retry-after"), "10");
    assert.equal(((await refused.json()) as { counted: boolean }).counted, false);
    assert.equal((await hit(bearer("all"))).status, 200);
    assert.equal((await hit({})).status, 200);
    assert.equal((await hit({ ...bearer("guess"), "X-Forwarded-For": "9.9.9.9" })).status, 401);
    assert.equal(node.counting.accepted, 2);
  });

  it("leave hits of counters that exist alone", async () => {
    const statuses = await Promise.all(Array.from({ length: 300 }, async () => (await hit({})).status));
    assert.deepEqual(new Set(statuses), new Set([200]));
  });
});
