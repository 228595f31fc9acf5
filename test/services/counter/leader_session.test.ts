import assert from "node:assert/strict";
import { HitHistory } from "../../../internal/core/cluster/hit_history.ts";
import type { KeyedVerdicts } from "../../../internal/core/keys/keyed_hit.ts";
import type { LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import type { LedgerPosition } from "../../../internal/core/log/batch.ts";
import type { Clock } from "../../../internal/ports/clock.ts";
import type { LeaderMessage, NodeMessage, NodeReport } from "../../../internal/ports/peers.ts";
import { ClusterCache } from "../../../internal/services/counter/cluster_cache.ts";
import { Counters } from "../../../internal/services/counter/counters.ts";
import { HeldLogs } from "../../../internal/services/counter/held_logs.ts";
import { Hits } from "../../../internal/services/counter/hits.ts";
import { KeyedHits } from "../../../internal/services/counter/keyed_hits.ts";
import { KnownLedger } from "../../../internal/services/counter/known_ledger.ts";
import { LeaderSession } from "../../../internal/services/counter/leader_session.ts";
import { Marks } from "../../../internal/services/counter/marks.ts";
import { KeptChanges } from "../../../internal/services/leader/kept_changes.ts";
import { keyAt } from "../../core/keys/keys.ts";
import { World } from "../../simulation/world.ts";

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const STILL: Clock = { monotonic: () => 0, wall: () => 0, after: () => () => {}, endOfTurn: () => {} };
const OURS: LedgerPosition = { id: "1111111111111111", version: 3, writer: "writer" };
const THEIRS: LedgerPosition = { id: "2222222222222222", version: 9, writer: "writer" };

const LIFE = "3333333333333333";

/** A node without a data directory, and one leader's stream to it. */
class Session {
  readonly counters = new Counters("eu");
  readonly #sent: NodeMessage[] = [];
  readonly #events;
  readonly #keyedHits: KeyedHits;
  readonly #marks: Marks;

  constructor() {
    const { counters } = this;
    const heldLogs = new HeldLogs({
      directory: null,
      random: new World(1).random,
      region: "eu",
      counters,
      logger: SILENT,
    });
    const halt = (error: Error) => assert.fail(error);
    const hits = new Hits({ heldLogs, counters, clock: STILL, logger: SILENT, allowed: null, halt });
    const clusterCache = new ClusterCache(STILL);
    this.#keyedHits = new KeyedHits({ life: LIFE, region: "eu", counters, hits, clusterCache, clock: STILL });
    this.#marks = new Marks({ life: LIFE, region: "eu", counters, hits, clock: STILL, logger: SILENT });
    const session = new LeaderSession({
      self: { id: "n", name: "n", region: "eu", peerAddress: "n:1", url: "" },
      clock: STILL,
      history: new HitHistory(),
      heldLogs,
      hits,
      keyedHits: this.#keyedHits,
      marks: this.#marks,
      counters,
      clusterCache,
      logger: SILENT,
      durable: () => false,
      refusing: () => false,
      active: () => 0,
      draining: () => false,
      known: new KnownLedger(null, STILL, SILENT),
      heardChanges: new KeptChanges(),
      days: { adopt() {} },
      links: { adopt() {} },
      checkLeader: (_hello, _authenticated, verdict) => verdict(null),
      adopted: () => {},
      leaderResigned: () => {},
      leaderHeard: () => {},
      leaderLost: () => {},
    });
    this.#events = session.accept({
      authenticated: true,
      send: (message) => void this.#sent.push(message),
      refuse: (reason) => assert.fail(reason),
    });
    this.#hear({ kind: "welcome", leader: "n", epoch: 1, ledger: null, adopted: [] });
  }

  /** A request with a key. Its answer will be in the list. */
  keyedHit(): string[] {
    const answers: string[] = [];
    this.#keyedHits.hit("visits", 1, keyAt(1_000), (outcome) => {
      answers.push(outcome.accepted ? `counted ${outcome.value.value}` : outcome.reason);
    });
    return answers;
  }

  publish(
    ledger: LedgerPosition,
    visits: number,
    more: Partial<LedgerChange> = {},
    verdicts: KeyedVerdicts | null = null,
  ): void {
    const change: LedgerChange = {
      ledger,
      since: null,
      totals: [{ counter: "visits", regions: new Map([["eu", BigInt(visits)]]) }],
      prunedTo: 0,
      adoptions: [],
      share: { counters: 1, bytes: 1 },
      ...more,
    };
    const state = { leader: "n", epoch: 1, store: "ok", storeDetail: "", asOf: 0, interval: 1_000 } as const;
    const cluster = { ...state, active: 0, full: true, nodes: [], left: [] };
    this.#hear({ kind: "published", publication: { shared: { cluster, ledger: change }, watermarks: [], verdicts } });
  }

  /** What the node reports in its reply to a collect. */
  report(): NodeReport {
    this.#hear({ kind: "collect", epoch: 1, round: 1, ledger: OURS });
    const reply = this.#sent.at(-1);
    assert.equal(reply?.kind, "answer");
    return reply;
  }

  shown(): [version: number | undefined, visits: bigint | null] {
    return [this.counters.ledger?.version, this.counters.committed("visits")];
  }

  #hear(message: LeaderMessage): void {
    this.#events.message(message);
  }
}

/** Which totals a node takes from its leader (docs/protocol.md, Publish): those of its ledger, without a gap. */
describe("a node's session with its leader", () => {
  it("takes no totals of a ledger that its own did not lead to", () => {
    const session = new Session();
    session.publish(OURS, 5);
    session.publish(THEIRS, 70);
    assert.deepEqual(session.shown(), [3, 5n]);
    const adoption = { ledger: OURS.id, next: THEIRS.id, version: THEIRS.version, clean: true };
    session.publish(THEIRS, 70, { adoptions: [adoption] });
    assert.deepEqual(session.shown(), [9, 70n]);
  });

  it("takes no change that begins after what it has: it asks for what it lacks", () => {
    const session = new Session();
    session.publish(OURS, 5);
    assert.equal(session.report().resync, false);
    session.publish({ ...OURS, version: 6 }, 9, { since: 5 });
    assert.deepEqual(session.shown(), [3, 5n]);
    assert.equal(session.report().resync, true);
    session.publish({ ...OURS, version: 7 }, 12, { since: 3 });
    assert.deepEqual(session.shown(), [7, 12n]);
    assert.equal(session.report().resync, false);
  });

  describe("takes verdicts about keyed hits", () => {
    const keyed = { keyed: { forgottenTo: 0, waitsFor: [] } };
    const verdicts = { life: LIFE, verdicts: new Map([[1, "counted" as const]]) };

    it("after the totals, whatever the version", () => {
      const session = new Session();
      session.publish(OURS, 5, keyed);
      const answers = session.keyedHit();
      session.publish(OURS, 5, keyed, verdicts);
      assert.deepEqual(answers, ["counted 5"]);
    });

    it("of no ledger that it no longer has (H99)", () => {
      const session = new Session();
      session.publish(OURS, 5, keyed);
      const answers = session.keyedHit();
      const adoption = { ledger: OURS.id, next: THEIRS.id, version: THEIRS.version, clean: true };
      session.publish(THEIRS, 4, { ...keyed, adoptions: [adoption] });
      session.publish(OURS, 5, keyed, verdicts);
      assert.deepEqual(answers, []);
      session.publish(THEIRS, 4, { ...keyed, adoptions: [adoption] }, verdicts);
      assert.deepEqual(answers, ["counted 4"]);
    });

    it("about no request of another process", () => {
      const session = new Session();
      session.publish(OURS, 5, keyed);
      const answers = session.keyedHit();
      session.publish(OURS, 5, keyed, { ...verdicts, life: "4444444444444444" });
      assert.deepEqual(answers, []);
    });
  });
});
