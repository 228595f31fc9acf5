import type { DatabaseSync } from "node:sqlite";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { LeaderKey } from "../../ports/store.ts";
import type { Transactions } from "./transactions.ts";

interface Sighting {
  readonly stamp: string;
  /** Monotonic milliseconds when this stamp was first seen. */
  readonly since: number;
}

interface LeaderRow {
  readonly epoch: number;
  readonly beat: number;
  readonly node_id: string;
  readonly address: string;
}

interface NodeRow {
  readonly id: string;
  readonly beat: number;
  readonly member: string;
}

/** How long a row's beat has to stand still, in milliseconds on this process's monotonic clock, before it counts as dead. */
export interface Patience {
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
  readonly #patience: Patience;
  #leader: Sighting = { stamp: "", since: 0 };
  #nodes = new Map<string, Sighting>();
  #cancel: Cancel = () => {};
  #stopped = false;

  constructor(transactions: Transactions, clock: Clock, patience: Patience) {
    this.#transactions = transactions;
    this.#clock = clock;
    this.#patience = patience;
  }

  /** Looks again and again until `stop`. A look that fails is left out: callers of the store hear of the trouble themselves. */
  async watch(): Promise<void> {
    await this.#transactions.read((db) => [this.leader(db), this.members(db)]).catch(() => {});
    if (this.#stopped) return;
    this.#cancel = this.#clock.after(Math.min(250, this.#patience.leaderMs / 8), () => void this.watch());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** The leader, or null when there is none or its lease has ended as far as this process saw. Within a transaction. */
  leader(db: DatabaseSync): LeaderKey | null {
    const row = db.prepare("SELECT epoch, beat, node_id, address FROM leader").get() as LeaderRow | undefined;
    if (!row) return null;
    this.#leader = this.#sighted(this.#leader, `${row.epoch}.${row.beat}`);
    if (this.#age(this.#leader) >= this.#patience.leaderMs) return null;
    return { epoch: row.epoch, nodeId: row.node_id, address: row.address };
  }

  /** The registrations of nodes that are alive. Within a transaction. */
  members(db: DatabaseSync): readonly string[] {
    return this.#sightedNodes(db)
      .filter((row) => !this.#isDead(row.id, 1))
      .map((row) => row.member);
  }

  /** Ids and beats of registrations that have been dead for so long that nobody lists them any more. Within a transaction. */
  longDead(db: DatabaseSync): readonly { readonly id: string; readonly beat: number }[] {
    return this.#sightedNodes(db).filter((row) => this.#isDead(row.id, 3));
  }

  #sightedNodes(db: DatabaseSync): readonly NodeRow[] {
    const rows = db.prepare("SELECT id, beat, member FROM nodes ORDER BY id").all() as unknown as readonly NodeRow[];
    this.#nodes = new Map(rows.map((row) => [row.id, this.#sighted(this.#nodes.get(row.id), String(row.beat))]));
    return rows;
  }

  #sighted(before: Sighting | undefined, beat: string): Sighting {
    const stamp = `${this.#transactions.generation}.${beat}`;
    return before?.stamp === stamp ? before : { stamp, since: this.#clock.monotonic() };
  }

  #isDead(id: string, ttls: number): boolean {
    const sighting = this.#nodes.get(id);
    return sighting !== undefined && this.#age(sighting) >= this.#patience.memberMs * ttls;
  }

  #age(sighting: Sighting): number {
    return this.#clock.monotonic() - sighting.since;
  }
}
