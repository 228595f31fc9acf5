import type { BrokenInvariant } from "../../core/invariant.ts";
import type { KeyLimits } from "../../core/ledger/keyed_round.ts";
import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import type { MarkLimits } from "../../core/ledger/mark_round.ts";
import type { Retention } from "../../core/ledger/retention.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Meter } from "../../ports/meter.ts";
import type { Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import type { CopyLimits } from "./copies.ts";
import type { KeptChanges } from "./kept_changes.ts";
import type { LedgerKnowledgeDeps } from "./ledger_knowledge.ts";

export interface LeaderDeps extends LedgerKnowledgeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly discovery: Discovery;
  /** This node, and the nodes in the last leader's list. They are the list until discovery succeeds. */
  readonly remembered: readonly Member[];
  /** Id of the ledger that is recorded outside the store; null: none is. */
  readonly recordedLedger: () => string | null;
  /** Unproductive terms of this node in a row. */
  readonly unproductiveTerms: number;
  /** Whether this term began with the end of another leader's lease (docs/protocol.md, Take over). */
  readonly tookOver: boolean;
  /** Called when this leader took over, and cannot reach a node that reached it. */
  readonly couldNotReach: (member: Member) => void;
  /** What this node heard as a follower. */
  readonly heardChanges: KeptChanges;
  readonly peers: Peers;
  readonly meter: Meter;
  readonly settings: LeaderSettings;
  /** Called when this leader's state contradicts itself. */
  readonly halt: (error: BrokenInvariant) => void;
}

export interface LeaderSettings {
  /** Milliseconds between rounds. */
  readonly interval: number;
  /** Bytes per second that rounds may write. Larger rounds make the interval longer. */
  readonly writeBudget: number;
  readonly limits: LedgerLimits;
  readonly retention: Retention;
  readonly keys: KeyLimits;
  readonly marks: MarkLimits;
  /** Milliseconds for which all nodes must know format 2 before a ledger of format 1 is converted. */
  readonly conversionDelay: number;
  /** Default: `COPY_LIMITS`. */
  readonly copies?: CopyLimits;
}
