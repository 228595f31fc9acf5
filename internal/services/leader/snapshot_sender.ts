import type { KeyedVerdicts } from "../../core/keys/keyed_hit.ts";
import type { KeyedLedger } from "../../core/ledger/snapshot.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Meter } from "../../ports/meter.ts";
import type { Follower } from "./follower.ts";
import type { Followers } from "./followers.ts";
import type { Leadership } from "./leadership.ts";
import type { LedgerKnowledge } from "./ledger_knowledge.ts";
import type { OpenLedger } from "./open_ledger.ts";
import type { ClusterState, Publisher } from "./publisher.ts";
import { msToSend, type RoundInterval } from "./round_interval.ts";
import type { StoreSpace } from "./store_space.ts";
import type { StoreStatus } from "./store_status.ts";

export interface SnapshotSenderDeps {
  readonly clock: Clock;
  readonly meter: Meter;
  /** Id of the leader's node. */
  readonly leader: string;
  readonly epoch: number;
  readonly publisher: Publisher;
  readonly ledger: OpenLedger;
  readonly followers: Followers;
  readonly knowledge: LedgerKnowledge;
  readonly leadership: Leadership;
  readonly store: StoreStatus;
  readonly space: StoreSpace;
  readonly interval: RoundInterval;
  /** Called with what a part of a copy threw, in a turn of the event loop of its own. */
  readonly broke: (error: unknown) => void;
}

/** Shortest time between two parts of copies. */
const COPY_PAUSE_MS = 2;
/** Parts between two rounds. Together they are less than what may wait for a slow link (`adapters/grpc/bounded_writer.ts`). */
const PARTS_PER_ROUND = 240;

/** Sends snapshots when they are due: after each round, after a hello, and parts of copies between two rounds. `Publisher` makes them. */
export class SnapshotSender {
  readonly #deps: SnapshotSenderDeps;
  #cancelCopies: Cancel = () => {};

  constructor(deps: SnapshotSenderDeps) {
    this.#deps = deps;
  }

  /** Sends the round's snapshot to every node that may have it. */
  publish(keyed: KeyedLedger | null): void {
    const { clock, meter, publisher, ledger, followers, leadership, interval } = this.#deps;
    const state = this.#state();
    if (leadership.ended || state === null) return;
    const start = clock.monotonic();
    if (keyed) publisher.keyed = keyed;
    const bytes = publisher.publish(state, ledger.rounds, this.#recipients(), followers.all());
    publisher.verdicts = new Map<string, KeyedVerdicts>();
    publisher.markVerdicts = new Map();
    interval.sent(bytes);
    meter.stage("publish", (clock.monotonic() - start) / 1000);
  }

  /** Sends a full snapshot to a node that has just said hello. */
  publishTo(follower: Follower): void {
    const { publisher, ledger, followers, knowledge } = this.#deps;
    const state = this.#state();
    if (state !== null && knowledge.maySend(follower, ledger.rounds?.ledger))
      publisher.publishTo(state, ledger.rounds, follower, followers.all().length);
  }

  /** Sends parts of copies until the next round, but not too many: a round in which nodes are collected has the links for itself. */
  goOnWithCopies(): void {
    this.#goOnAfter(COPY_PAUSE_MS, PARTS_PER_ROUND);
  }

  /** The next round begins. */
  cancelCopies(): void {
    this.#cancelCopies();
  }

  #goOnAfter(pauseMs: number, parts: number): void {
    if (parts === 0) return;
    this.#cancelCopies = this.#deps.clock.after(pauseMs, () => {
      try {
        const bytes = this.#sendPart();
        if (bytes === null) return;
        this.#goOnAfter(Math.max(COPY_PAUSE_MS, msToSend(bytes)), parts - 1);
      } catch (error) {
        this.#deps.broke(error);
      }
    });
  }

  #sendPart(): number | null {
    const { publisher, ledger, leadership } = this.#deps;
    const state = this.#state();
    if (leadership.ended || state === null || ledger.rounds === null) return null;
    return publisher.goOnWithCopies(state, ledger.rounds, this.#recipients());
  }

  #recipients(): Follower[] {
    const { followers, knowledge } = this.#deps;
    const ledger = this.#deps.ledger.rounds?.ledger;
    return followers.all().filter((follower) => follower.ready && knowledge.maySend(follower, ledger));
  }

  /** What to publish about the cluster; null before the store's state is known. Until then nodes keep what they heard last. */
  #state(): ClusterState | null {
    const { leader, epoch, space, ledger, interval } = this.#deps;
    const { state: store, detail } = this.#deps.store;
    if (store === null) return null;
    const storeDetail = detail || space.detail;
    return { leader, epoch, store, storeDetail, asOf: ledger.currentAtWall, interval: interval.ms };
  }
}
