import assert from "node:assert/strict";
import type { KeyVerdict } from "../../../internal/core/keys/keyed_hit.ts";
import type { Clock } from "../../../internal/ports/clock.ts";
import type { KeyedOutcome } from "../../../internal/ports/counting.ts";
import { ClusterCache } from "../../../internal/services/counter/cluster_cache.ts";
import { Counters } from "../../../internal/services/counter/counters.ts";
import { HeldLogs } from "../../../internal/services/counter/held_logs.ts";
import { Hits } from "../../../internal/services/counter/hits.ts";
import { KeyedHits } from "../../../internal/services/counter/keyed_hits.ts";
import { keyAt } from "../../core/keys/keys.ts";
import { World } from "../../simulation/world.ts";

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const STILL: Clock = { monotonic: () => 0, wall: () => 0, after: () => () => {}, endOfTurn: () => {} };
const LIFE = "3333333333333333";
const MOST_WAITING = 10_000;

/** Requests with a key wait, and a counter that one of them would create has a place until none of them can. */
describe("keyed hits", () => {
  let counters: Counters;
  let keyedHits: KeyedHits;
  beforeEach(() => {
    counters = new Counters("eu");
    const heldLogs = new HeldLogs({
      directory: null,
      random: new World(1).random,
      region: "eu",
      counters,
      logger: SILENT,
    });
    const halt = (error: Error) => assert.fail(error);
    const hits = new Hits({ heldLogs, counters, clock: STILL, logger: SILENT, allowed: null, halt });
    keyedHits = new KeyedHits({
      life: LIFE,
      region: "eu",
      counters,
      hits,
      clusterCache: new ClusterCache(STILL),
      clock: STILL,
    });
    counters.adopt({
      ledger: { id: "1111111111111111", version: 1, writer: "w" },
      since: null,
      totals: [],
      prunedTo: 0,
      adoptions: [],
      share: { counters: MOST_WAITING, bytes: 1_000_000 },
    });
    keyedHits.ledger = { forgottenTo: 1, waitsFor: [] };
  });

  const hit = (counter: string) => {
    const outcomes: boolean[] = [];
    keyedHits.hit(counter, 1, keyAt(1_000), ({ accepted }) => outcomes.push(accepted));
    return outcomes;
  };
  const judge = (number: number, verdict: KeyVerdict) =>
    keyedHits.judge({ life: LIFE, verdicts: new Map([[number, verdict]]) });

  it("keep the place of a counter for another request that may create it", () => {
    const [first, second] = [hit("new"), hit("new")];
    judge(1, "reused");
    assert.deepEqual([first, second], [[false], []]);
    assert.equal(counters.knows("new"), true);
    judge(2, "reused");
    assert.deepEqual(second, [false]);
    assert.equal(counters.knows("new"), false);
  });

  it("are answered with the number of their own counter, as it is after the verdicts' totals", () => {
    const values: unknown[] = [];
    const told = (outcome: KeyedOutcome) =>
      values.push(outcome.accepted && [outcome.value.counter, outcome.value.value]);
    for (const counter of ["a", "b", "a"]) keyedHits.hit(counter, 1, keyAt(1_000), told);
    const totals = (version: number, a: bigint, b: bigint) =>
      counters.adopt({
        ...{ ledger: { id: "1111111111111111", version, writer: "w" }, since: version - 1, prunedTo: 0, adoptions: [] },
        ...{ share: { counters: MOST_WAITING, bytes: 1_000_000 } },
        totals: [
          { counter: "a", regions: new Map([["eu", a]]) },
          { counter: "b", regions: new Map([["eu", b]]) },
        ],
      });
    totals(2, 5n, 7n);
    keyedHits.judge({ life: LIFE, verdicts: new Map([1, 2].map((number) => [number, "counted" as const])) });
    totals(3, 6n, 8n);
    judge(3, "counted");
    assert.deepEqual(values, [
      ["a", 5n],
      ["b", 7n],
      ["a", 6n],
    ]);
  });

  it("end in a time that grows with their number alone", () => {
    for (let at = 0; at < MOST_WAITING; at++) hit(`c${at}`);
    assert.equal(keyedHits.waiting, MOST_WAITING);
    const before = process.cpuUsage();
    keyedHits.end();
    const { user } = process.cpuUsage(before);
    assert.equal(keyedHits.waiting, 0);
    assert.ok(user < 200_000, `${MOST_WAITING} requests took ${user} microseconds to end`);
  });
});
