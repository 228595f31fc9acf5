import assert from "node:assert/strict";
import { isTooLarge } from "../../../internal/adapters/etcd/call_failure.ts";
import { EtcdConnection } from "../../../internal/adapters/etcd/etcd_connection.ts";
import { keysBelow } from "../../../internal/adapters/etcd/keys.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import type { Store } from "../../../internal/ports/store.ts";
import { BehindProxy } from "./behind_proxy.ts";
import { CALL_MS, failsAs, within } from "./etcd_handles.ts";

const ALL = { from: "", to: "~" };
const PIECE_BYTES = 1_000_000;

/** Reading in pieces over bad networks, and answers that are too large. */
describe("etcd that is read in pieces", () => {
  const set = new BehindProxy();

  const open = (endpoint: string) => set.handles.open([endpoint], { prefix: set.prefix }).store;

  it("asks for less when an answer is over 4 MB, in the same call", async () => {
    const patient = { prefix: set.prefix, callTimeoutMs: 10 * CALL_MS };
    const { store } = set.handles.open([set.etcd.endpoint], patient);
    // The answers with these lead to the expectation that all entries are small.
    await fill(store, "a", 3_000, 10);
    await fill(store, "b", 20, 1_200_000);
    for (let times = 0; times < 3; times++) assert.equal((await namesOf(store)).length, 3_021);
  });

  it("goes on after answers that were too large, however many: etcd3 would refuse the calls after the third", async () => {
    await fill(open(set.etcd.endpoint), "a", 6, 1_000_000);
    const connection = new EtcdConnection({
      ...{ endpoints: [set.etcd.endpoint], tls: null, auth: null, callTimeoutMs: 2_000, clock: systemClock },
      lookup: async (name) => [name],
    });
    const range = keysBelow(set.prefix).entries(ALL);
    try {
      for (let i = 0; i < 5; i++) await assert.rejects(connection.range({ ...range, limit: 10 }), isTooLarge);
      assert.equal((await connection.range({ ...range, limit: 2 })).kvs.length, 2);
    } finally {
      connection.close();
    }
  });

  it("asks for less over a link that is too slow for a piece", async () => {
    await fill(open(set.etcd.endpoint), "a", 40, 50_000);
    const { store } = set.handles.open([set.proxy.endpoint], { prefix: set.prefix, callTimeoutMs: 1_000 });
    set.proxy.limit(400_000);
    let failures = 0;
    const names = await namesOf(store, (error) => {
      failures++;
      return failsAs("away", /no answer within/)(error);
    });
    assert.equal(names.length, 41);
    assert.ok(failures > 0 && failures <= 10, `${failures} calls failed`);
  });

  it("does not wait for a half-open connection longer than for any call, and then goes on", async () => {
    await fill(open(set.etcd.endpoint), "a", 5, 100);
    const store = open(set.proxy.endpoint);
    await store.readHead();
    set.proxy.stall();
    await assert.rejects(within(2 * CALL_MS, store.scan(ALL, PIECE_BYTES)), failsAs("away"));
    await assert.rejects(within(2 * CALL_MS, store.readHead()), failsAs("away"));
    set.proxy.heal();
    assert.equal((await within(2 * CALL_MS, namesOf(store))).length, 6);
    set.proxy.dropAnswers();
    await assert.rejects(within(2 * CALL_MS, store.readHead()), failsAs("away"));
    set.proxy.heal();
    assert.ok((await within(2 * CALL_MS, store.readHead())).headRevision > 0);
  });
});

/** Puts `count` entries of `bytes` each, with names that begin with `folder`, and a head. */
async function fill(store: Store, folder: string, count: number, bytes: number): Promise<void> {
  const names = Array.from({ length: count }, (_, i) => `${folder}/${String(i).padStart(5, "0")}`);
  const atOnce = Math.max(1, Math.min(100, Math.floor(PIECE_BYTES / bytes)));
  for (let i = 0; i < count; i += atOnce) {
    const puts = new Map(["head", ...names.slice(i, i + atOnce)].map((name) => [name, Buffer.alloc(bytes, i)]));
    puts.set("head", Buffer.from("1"));
    const { headRevision } = await store.readHead();
    assert.equal((await store.overwrite(headRevision, { puts })).kind, "committed");
  }
}

/** All names, in order. After a failure that `isExpected`, the same piece is read again. */
async function namesOf(store: Store, isExpected: (error: unknown) => boolean = () => false): Promise<string[]> {
  const names: string[] = [];
  for (let from: string | null = ""; from !== null; ) {
    try {
      const { entries, next } = await store.scan({ from, to: ALL.to }, PIECE_BYTES);
      names.push(...entries.keys());
      from = next;
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }
  assert.deepEqual(names, [...new Set(names)].sort());
  return names;
}
