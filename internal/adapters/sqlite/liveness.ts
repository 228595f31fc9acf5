import type { DatabaseSync } from "node:sqlite";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { LeaderKey } from "../../ports/store.ts";
import type { Transactions } from "./transactions.ts";

interface SeenBeat {
  readonly stamp: string;
  /** Monotonic milliseconds when this stamp was first seen. */
  readonly since: number;
}

interface LeaderEntry {
  readonly epoch: number;
  readonly beat: number;
  readonly node_id: string;
  readonly address: string;
}

interface Registration {
  readonly id: string;
  readonly beat: number;
  readonly member: string;
}

/** How long a row's beat has to stand still, in milliseconds on this process's monotonic clock, before it counts as dead. */
export interface LivenessTimeouts {
  readonly leaderMs: number;
  readonly memberMs: number;
}

/**
 * Tells the living from the dead by watching their beats change. Other processes' clocks, and any wall clock, say nothing here: only
 * that this process saw no change for as long as a lease lasts. It looks all the time, because who begins to look when the leader is
 * already gone waits a whole TTL more.
 */
export class Liveness {
  readonly #transactions: Transactions;
  readonly #clock: Clock;
  readonly #timeouts: LivenessTimeouts;
  #leader: SeenBeat = { stamp: "", since: 0 };
  #nodes = new Map<string, SeenBeat>();
  #cancel: Cancel = () => {};
  #stopped = false;

  constructor(transactions: Transactions, clock: Clock, timeouts: LivenessTimeouts) {
    this.#transactions = transactions;
    this.#clock = clock;
    this.#timeouts = timeouts;
  }

  /** Looks again and again until `stop`. A look that fails is left out: callers of the store hear of the trouble themselves. */
  async watch(): Promise<void> {
    await this.#transactions.read((db) => [this.leader(db), this.members(db)]).catch(() => {});
    if (this.#stopped) return;
    this.#cancel = this.#clock.after(Math.min(250, this.#timeouts.leaderMs / 8), () => void this.watch());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** The leader, or null when there is none or its lease has ended as far as this process saw. Within a transaction. */
  leader(db: DatabaseSync): LeaderKey | null {
    const row = db.prepare("SELECT epoch, beat, node_id, address FROM leader").get() as LeaderEntry | undefined;
    if (!row) return null;
    this.#leader = this.#seen(this.#leader, `${row.epoch}.${row.beat}`);
    if (this.#age(this.#leader) >= this.#timeouts.leaderMs) return null;
    return { epoch: row.epoch, nodeId: row.node_id, address: row.address };
  }

  /** The registrations of nodes that are alive. Within a transaction. */
  members(db: DatabaseSync): readonly string[] {
    return this.#seenNodes(db)
      .filter((row) => !this.#isDead(row.id, 1))
      .map((row) => row.member);
  }

  /** Ids and beats of registrations that have been dead for so long that nobody lists them any more. Within a transaction. */
  longDead(db: DatabaseSync): readonly { readonly id: string; readonly beat: number }[] {
    return this.#seenNodes(db).filter((row) => this.#isDead(row.id, 3));
  }

  #seenNodes(db: DatabaseSync): readonly Registration[] {
    const rows = db
      .prepare("SELECT id, beat, member FROM nodes ORDER BY id")
      .all() as unknown as readonly Registration[];
    this.#nodes = new Map(rows.map((row) => [row.id, this.#seen(this.#nodes.get(row.id), String(row.beat))]));
    return rows;
  }

  #seen(before: SeenBeat | undefined, beat: string): SeenBeat {
    const stamp = `${this.#transactions.generation}.${beat}`;
    return before?.stamp === stamp ? before : { stamp, since: this.#clock.monotonic() };
  }

  #isDead(id: string, ttls: number): boolean {
    const seen = this.#nodes.get(id);
    return seen !== undefined && this.#age(seen) >= this.#timeouts.memberMs * ttls;
  }

  #age(seen: SeenBeat): number {
    return this.#clock.monotonic() - seen.since;
  }
}
