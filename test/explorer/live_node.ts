import { HitHistory } from "../../internal/core/cluster/hit_history.ts";
import type { LedgerChange } from "../../internal/core/ledger/snapshot.ts";
import type { LogTail } from "../../internal/core/log/batch.ts";
import type { Clock } from "../../internal/ports/clock.ts";
import type { HitOutcome, KeyedOutcome } from "../../internal/ports/counting.ts";
import type { Member } from "../../internal/ports/discovery.ts";
import type { Logger } from "../../internal/ports/logger.ts";
import type { CollectReply, LeaderMessage, NodeMessage } from "../../internal/ports/peers.ts";
import { ClusterCache } from "../../internal/services/counter/cluster_cache.ts";
import { Counters } from "../../internal/services/counter/counters.ts";
import { HeldLogs } from "../../internal/services/counter/held_logs.ts";
import { Hits } from "../../internal/services/counter/hits.ts";
import { KeyedHits } from "../../internal/services/counter/keyed_hits.ts";
import { KnownLedger } from "../../internal/services/counter/known_ledger.ts";
import { LeaderSession } from "../../internal/services/counter/leader_session.ts";
import { KeptChanges } from "../../internal/services/leader/kept_changes.ts";
import { FailStop } from "../../internal/services/node/fail_stop.ts";
import { HandoffReceiver } from "../../internal/services/node/handoff_receiver.ts";
import { bitOf, type HitSet, hitName, hitsIn, letter, setOf, totalIn } from "./hit_names.ts";
import { KEY, KEYED_HIT, type KeyedState } from "./keyed.ts";
import { liveLog, type NodeState, type Page, plainLog } from "./node_state.ts";
import { PaperDirectory, type Trouble } from "./paper_disk.ts";
import { LiveMarks, type VisitTimes } from "./visitors.ts";

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };
/** A broken invariant is what the explorer looks for. */
const halt = (error: Error) => {
  throw error;
};
/** Time stands still: what depends on it is a step of its own. */
const halted = (reason: string) => {
  throw new Error(reason);
};
const STILL: Clock = { monotonic: () => 0, wall: () => 0, after: () => () => {}, endOfTurn() {} };
const REGION = "eu";

function memberOf(node: number): Member {
  const name = letter(node);
  return { id: name, name, region: REGION, peerAddress: name, url: `http://${name}` };
}

/** The real services of one node, wired as `Node` does, taken up from plain data for one step and laid down again. */
export class LiveNode {
  readonly #node: number;
  readonly #state: NodeState;
  readonly #names: readonly string[];
  readonly #directory: PaperDirectory;
  readonly #counters = new Counters(REGION);
  readonly heldLogs: HeldLogs;
  readonly hits: Hits;
  readonly known: KnownLedger;
  readonly #clusterCache = new ClusterCache(STILL);
  readonly #keyedHits: KeyedHits;
  readonly #marks: LiveMarks;
  readonly #collection: LeaderSession;
  #ids: number;
  #turn: string[] = [];
  acknowledged: HitSet = 0;
  draining: boolean;
  handedOver: readonly string[];
  /** Answers to requests with the key, in this step. */
  readonly outcomes: KeyedOutcome[] = [];
  #keyedLife: number;
  #keyedArrived: number;
  #requests: { waits: boolean; offered: number }[] = [];

  /** `names`: every hit that can ever be. */
  constructor(
    node: number,
    state: NodeState,
    { names, visitTimes }: { readonly names: readonly string[]; readonly visitTimes: VisitTimes },
    trouble: Trouble = "none",
  ) {
    this.#node = node;
    this.#state = state;
    this.#names = names;
    this.#ids = state.ids;
    this.#keyedLife = state.keyed.life;
    this.#keyedArrived = state.keyed.arrived;
    this.draining = state.draining;
    this.handedOver = state.handedOver;
    this.#directory = new PaperDirectory(state.disk, trouble);
    const random = { id: () => sourceId(node, this.#ids++), fraction: () => 0 };
    const counters = this.#counters;
    this.heldLogs = new HeldLogs({ directory: this.#directory, random, region: REGION, counters, logger: SILENT });
    this.hits = new Hits({ heldLogs: this.heldLogs, counters, clock: STILL, logger: SILENT, allowed: null, halt });
    this.#keyedHits = new KeyedHits({
      life: sourceId(node, state.keyed.life),
      region: REGION,
      counters,
      hits: this.hits,
      clusterCache: this.#clusterCache,
      clock: STILL,
    });
    const life = sourceId(node, state.keyed.life);
    const marksDeps = { life, region: REGION, counters, hits: this.hits, clock: STILL, logger: SILENT };
    this.#marks = new LiveMarks(visitTimes, state.visits, marksDeps);
    this.known = new KnownLedger(this.#directory, STILL, SILENT);
    this.#collection = this.#makeCollection(node);
    if (state.status === "up") this.#takeUp();
  }

  hit(name: string): void {
    this.#turn.push(name);
    this.hits.hit(name, 1, (outcome) => this.#answered(name, outcome));
  }

  /** `period`: the first or the second one. */
  visit(period: number): void {
    this.#marks.visit(period);
  }

  /** Another process than before: verdicts about the former one's requests are not for this one. */
  beginsLife(): void {
    this.#keyedLife++;
  }

  keyedHit(): void {
    this.#keyedArrived++;
    this.#keyedRequest();
  }

  endKeyed(): void {
    this.#keyedHits.end();
  }

  #keyedRequest(): void {
    const request = { waits: true, offered: 0 };
    this.#requests.push(request);
    this.#keyedHits.hit(KEYED_HIT, 1, KEY, (outcome) => {
      request.waits = false;
      this.outcomes.push(outcome);
      if (outcome.accepted) this.acknowledged |= bitOf(KEYED_HIT);
    });
  }

  /** Brings the service to where it was: requests arrived in order, so earlier ones were offered as often as later ones, or more often. */
  #takeUpRequests({ requests, ledger }: KeyedState): void {
    this.#keyedHits.ledger = { forgottenTo: 0, waitsFor: [] };
    for (const [at, { offered }] of requests.entries()) {
      this.#keyedRequest();
      for (let more = offered - (requests[at + 1]?.offered ?? 0); more > 0; more--) this.#offer();
    }
    for (const [at, { waits }] of requests.entries()) if (!waits) this.#answerAgain(at + 1);
    this.outcomes.length = 0;
    this.acknowledged = 0;
    this.#keyedHits.ledger = ledger;
  }

  #offer(): void {
    if (this.#keyedHits.offer()) this.#countOffers();
  }

  #countOffers(): void {
    for (const request of this.#requests) if (request.waits) request.offered = Math.min(2, request.offered + 1);
  }

  #answerAgain(number: number): void {
    const life = sourceId(this.#node, this.#keyedLife);
    this.#keyedHits.judge({ life, verdicts: new Map([[number, "duplicate"]]) });
  }

  /** Whether its report says how many of its hits nobody can place. */
  reportsIndeterminate({ indeterminate }: CollectReply): boolean {
    let hits = 0;
    for (const { log } of this.heldLogs.all()) if (log.indeterminate) hits += log.pending;
    return indeterminate === hits;
  }

  /** A leader's words on a new stream, after its welcome; what the node answers to the last one. */
  hear(epoch: number, message: LeaderMessage): NodeMessage | undefined {
    const sent: NodeMessage[] = [];
    const events = this.#collection.accept({
      authenticated: true,
      send: (answer) => void sent.push(answer),
      refuse() {},
    });
    events.message({ kind: "welcome", leader: "", epoch, ledger: null, adopted: [] });
    events.message(message);
    events.closed();
    const last = sent.at(-1);
    if (isAnswer(last) && last.keyed) this.#countOffers();
    return last;
  }

  takeRemains(remains: readonly LogTail[]): boolean {
    const receiver = new HandoffReceiver({
      heldLogs: this.heldLogs,
      known: this.known,
      logger: SILENT,
      failStop: new FailStop(SILENT, halted),
      counters: this.#counters,
      maxCounters: this.#names.length,
      hasDirectory: true,
      draining: () => this.draining,
    });
    return receiver.accept("", remains, true).taken;
  }

  layDown(): NodeState {
    const { own, carried } = this.heldLogs;
    const logs = [...this.heldLogs.all()];
    const indeterminate = logs.filter(({ log }) => log.indeterminate);
    return {
      ...this.#state,
      status: "up",
      ids: this.#ids,
      turn: this.#turn,
      draining: this.draining,
      keyed: {
        life: this.#keyedLife,
        arrived: this.#keyedArrived,
        requests: this.#requests,
        ledger: this.#keyedHits.ledger,
      },
      visits: this.#marks.layDown(),
      own: own && plainLog(own),
      carried: [...carried.values()].map(plainLog),
      page: this.#page(),
      known: this.known.ref,
      handedOver: this.handedOver,
      disk: this.#directory.image(),
      held: hitsIn(logs.flatMap(({ log }) => [...log.segments, { counts: log.open }])),
      indeterminate: hitsIn(indeterminate.flatMap(({ log }) => log.segments)),
    };
  }

  #takeUp(): void {
    const { own, carried, page, turn, known } = this.#state;
    this.heldLogs.own = own && liveLog(own, this.#directory);
    for (const log of carried) this.heldLogs.carried.set(log.id, liveLog(log, this.#directory));
    if (page.ledger) this.#counters.adopt(changeOf(page));
    for (const [name, hits, unplaced] of page.pending) {
      this.#counters.addPending(name, hits);
      this.#counters.setAside([{ from: 0, to: unplaced, counts: new Map([[name, unplaced]]) }]);
    }
    this.#counters.settle();
    for (const name of turn) this.hit(name);
    this.known.ref = known;
    this.#takeUpRequests(this.#state.keyed);
    this.#marks.takeUp();
    if (this.draining) this.hits.close();
  }

  #makeCollection(node: number): LeaderSession {
    return new LeaderSession({
      self: memberOf(node),
      clock: STILL,
      history: new HitHistory(),
      heldLogs: this.heldLogs,
      hits: this.hits,
      keyedHits: this.#keyedHits,
      marks: this.#marks,
      counters: this.#counters,
      days: { adopt() {} },
      links: { adopt() {} },
      clusterCache: this.#clusterCache,
      logger: SILENT,
      durable: () => true,
      refusing: () => false,
      active: () => 0,
      draining: () => this.draining,
      known: this.known,
      heardChanges: new KeptChanges(),
      checkLeader: (_hello, _authenticated, verdict) => verdict(null),
      adopted() {},
      leaderResigned() {},
      leaderHeard() {},
      leaderLost() {},
    });
  }

  #answered(name: string, outcome: HitOutcome): void {
    this.#turn = this.#turn.filter((other) => other !== name);
    if (outcome.accepted) this.acknowledged |= bitOf(name);
  }

  #page(): Page {
    const { ledger } = this.#counters;
    let committed = 0;
    const pending: [string, number, number][] = [];
    const generations: [string, number][] = [];
    for (const name of this.#names) {
      const state = this.#counters.get(name);
      if (state) committed |= setOf(name, state.committed ?? 0n);
      if (state && state.regions.size > 0) generations.push([name, state.generation]);
      if (state && state.pending !== 0) pending.push([name, state.pending, state.unplaced]);
    }
    return { ledger, committed, pending, generations };
  }
}

export function isAnswer(message: NodeMessage | undefined): message is CollectReply {
  return message?.kind === "answer";
}

/** The `life`-th source of a machine. */
export function sourceId(node: number, life: number): string {
  return `${(node + 10).toString(16)}${String(life).padStart(15, "0")}`;
}

export function nextHit(node: number, state: NodeState): string {
  return hitName(node, state.arrived);
}

/** A page's committed totals, as the snapshot that brought them. */
function changeOf(page: Page): LedgerChange {
  const totals = page.generations.map(([counter, generation]) => {
    const total = BigInt(totalIn(page.committed, counter));
    return { counter, regions: new Map([[REGION, total]]), generation };
  });
  const share = { counters: 100, bytes: 10_000 };
  return { ledger: page.ledger!, since: null, totals, prunedTo: 0, adoptions: [], share };
}
