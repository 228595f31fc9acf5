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
  /** Null: a process of 0.1.0 wrote this row. */
  readonly nonce: string | null;
}

interface Registration {
  readonly id: string;
  readonly beat: number;
  readonly member: string;
}

/** How long a row's beat must stand still before the row counts as dead, on this process's monotonic clock. */
export interface LivenessTimeouts {
  readonly leaderMs: number;
  readonly memberMs: number;
}

/**
 * Watches beats change, and so tells which rows are alive. It trusts no wall clock and no other process's clock: a row is dead once this
 * process has seen no change for a TTL. It polls all the time: a node that began only after the leader had died would wait a whole TTL
 * more.
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

  /** Polls until `stop`. Ignores errors: callers of the store get them, too. */
  async watch(): Promise<void> {
    await this.#transactions.read((db) => [this.leader(db), this.members(db)]).catch(() => {});
    if (this.#stopped) return;
    this.#cancel = this.#clock.after(Math.min(250, this.#timeouts.leaderMs / 8), () => void this.watch());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** The leader; null if there is none, or if this process saw its lease end. Call it within a transaction. */
  leader(db: DatabaseSync): LeaderKey | null {
    const row = db
      .prepare(
        "SELECT epoch, beat, CAST(node_id AS TEXT) AS node_id, CAST(address AS TEXT) AS address, nonce FROM leader",
      )
      .get() as LeaderEntry | undefined;
    if (!row) return null;
    const lease = `${row.epoch}.${row.beat}`;
    this.#leader = this.#seen(this.#leader, lease);
    if (this.#age(this.#leader) >= this.#timeouts.leaderMs) return null;
    return { epoch: row.epoch, nonce: row.nonce ?? "", nodeId: row.node_id, address: row.address, lease };
  }

  /** Members that are alive, as JSON. Call it within a transaction. */
  members(db: DatabaseSync): readonly string[] {
    return this.#seenNodes(db)
      .filter((row) => !this.#isDead(row.id, 1))
      .map((row) => row.member);
  }

  /** Registrations that have been dead for so long that no process lists them any more. Call it within a transaction. */
  longDead(db: DatabaseSync): readonly { readonly id: string; readonly beat: number }[] {
    return this.#seenNodes(db).filter((row) => this.#isDead(row.id, 3));
  }

  #seenNodes(db: DatabaseSync): readonly Registration[] {
    const rows = db
      .prepare("SELECT id, beat, CAST(member AS TEXT) AS member FROM nodes ORDER BY id")
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
