import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import type { LedgerPosition, LogTail } from "../../internal/core/log/batch.ts";
import type { CollectReply } from "../../internal/ports/peers.ts";
import type { AdjustedBook, Ask } from "./adjusting.ts";
import type { HitSet } from "./hit_names.ts";
import type { KeyedBooks } from "./keyed.ts";
import type { StoredLedger } from "./leader_steps.ts";
import type { NodeState } from "./node_state.ts";
import type { PaperDisk } from "./paper_disk.ts";
import type { Part } from "./parts.ts";
import type { Budget } from "./scopes.ts";

/** A whole cluster between two steps. Nothing in it is ever changed. */
export interface ClusterState {
  readonly nodes: readonly Part<NodeState>[];
  readonly store: Part<StoreState>;
  readonly leaders: readonly Part<LeaderState>[];
  /** What was published to each node's present life. Nothing leaves: a message may come late, twice, or never. */
  readonly inboxes: readonly Part<readonly Part<Publication>[]>[];
  readonly handOvers: Part<readonly HandOver[]>;
  readonly commits: Part<readonly Commit[]>;
  readonly books: Part<Books>;
  /** Nodes that nobody reaches, one bit each. */
  readonly cut: number;
  /** A copy of node A's disk. */
  readonly copy: Part<PaperDisk> | null;
}

/** The leader key and the ledger, with the revision that a commit has to name. */
export interface StoreImage {
  readonly epoch: number;
  readonly headRevision: number;
  readonly ledger: Part<StoredLedger>;
}

export interface StoreState extends StoreImage {
  /** What a leader recorded of a loss, as it lies in the store; null: nothing. */
  readonly lost: string | null;
  readonly backup: StoreImage | null;
}

/** A leader in its round: asked with its ledger, and heard some answers. A zombie is one whose epoch is over without its knowing. */
export interface LeaderState {
  readonly epoch: number;
  readonly deposed: boolean;
  /** Null while it finds the ledger lost. */
  readonly ledger: Part<StoredLedger> | null;
  readonly headRevision: number;
  /** The ledger that its own node knows: the last one that it read or wrote. */
  readonly own: Part<StoredLedger> | null;
  /** Answers on their way or here: the plan takes up to one of each node. */
  readonly answers: readonly SentAnswer[];
  /** While it finds the ledger lost: the answers that showed it. */
  readonly contradicting: readonly SentAnswer[];
  /** Answers to earlier rounds. */
  readonly stale: readonly SentAnswer[];
  /** What each node listed in its last word. */
  readonly sources: readonly (readonly string[])[];
  /** The ledger that each node knew by its last word; all null in scopes without restores, where nothing depends on it. */
  readonly known: readonly (LedgerPosition | null)[];
  /** Adjustments that wait. */
  readonly asks: readonly Ask[];
  /** Whether the outcome of its last transaction is unknown. False in scopes without adjustments, where nothing depends on it. */
  readonly unsettled: boolean;
}

export interface SentAnswer {
  readonly node: number;
  readonly answer: Part<CollectReply>;
}

/** A call that hands remains over. */
export interface HandOver {
  readonly from: number;
  readonly to: number;
  readonly remains: Part<readonly LogTail[]>;
  /** The receiver said yes at least once. */
  readonly taken: boolean;
}

/** A transaction that its leader gave up on, and that may still reach the store. */
export interface Commit {
  readonly epoch: number;
  readonly headRevision: number;
  readonly next: Part<StoredLedger>;
}

/** What was promised, what the contract excepts, and what may still befall the cluster. */
export interface Books {
  readonly acknowledged: HitSet;
  /** Lost with a machine's power before they were synced, with the disk of a node that left and could not have them counted, or with a restore. */
  readonly excepted: HitSet;
  /** Committed before the store was restored, and not in its backup: a node that hears an old snapshot drops them. */
  readonly undone: HitSet;
  /** Ledgers that were created or adopted since the beginning. */
  readonly ledgers: number;
  readonly keyed: KeyedBooks;
  /** Periods in which the visitor came, one bit each. */
  readonly visited: number;
  /** Of each adjustment of the scope. */
  readonly adjusted: readonly AdjustedBook[];
  readonly left: Budget;
}

/** Equal for equal states, and short. */
export function keyOf(state: ClusterState): string {
  let key = `${state.store.id},${state.handOvers.id},${state.commits.id},${state.books.id},${state.cut},${state.copy?.id}`;
  for (const { id } of state.nodes) key += `,${id}`;
  for (const { id } of state.leaders) key += `,${id}`;
  for (const { id } of state.inboxes) key += `,${id}`;
  return key;
}

/** `list` with `item` at `index`. */
export function withAt<T>(list: readonly T[], index: number, item: T): T[] {
  const copy = [...list];
  copy[index] = item;
  return copy;
}
