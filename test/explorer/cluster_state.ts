import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import type { LogTail } from "../../internal/core/log/batch.ts";
import type { CollectReply } from "../../internal/ports/peers.ts";
import type { HitSet } from "./hit_names.ts";
import type { StoredLedger } from "./leader_steps.ts";
import type { NodeState } from "./node_state.ts";
import type { Part } from "./parts.ts";

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
}

/** The leader key and the ledger, with the revision that a commit has to name. */
export interface StoreState {
  readonly epoch: number;
  readonly headRevision: number;
  readonly ledger: Part<StoredLedger>;
}

/** A leader in its round: asked with its ledger, and heard some answers. A zombie is one whose epoch is over without its knowing. */
export interface LeaderState {
  readonly epoch: number;
  readonly deposed: boolean;
  readonly ledger: Part<StoredLedger>;
  readonly headRevision: number;
  /** Answers on their way or here: the plan takes up to one of each node. */
  readonly answers: readonly SentAnswer[];
  /** Answers to earlier rounds. */
  readonly stale: readonly SentAnswer[];
  /** What each node listed in its last word. */
  readonly sources: readonly (readonly string[])[];
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
  /** Lost with a machine's power before they were synced, or with the disk of a node that left and could not have them counted. */
  readonly excepted: HitSet;
  readonly elections: number;
  readonly unknownCommits: number;
  readonly kills: number;
  readonly powerLosses: number;
  readonly drains: number;
  readonly hours: number;
  readonly shortWrites: number;
}

/** Equal for equal states, and short. */
export function keyOf(state: ClusterState): string {
  let key = `${state.store.id},${state.handOvers.id},${state.commits.id},${state.books.id}`;
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
