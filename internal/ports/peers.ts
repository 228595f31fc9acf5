import type { Publication } from "../core/ledger/snapshot.ts";
import type { Batch, LedgerPosition, LedgerRef, LogTail, SourceId } from "../core/log/batch.ts";
import type { Member } from "./discovery.ts";

/** How nodes reach each other. */
export interface Peers {
  /** Opens the leader's long-lived stream to a node. Never throws: trouble arrives as `closed`, once, and nothing follows it. */
  connect(address: string, events: LeaderStreamEvents): LeaderStream;
  /** Asks the node `leader` at `address` to collect this one; another node there says no. Throws PeerError. */
  announce(address: string, self: Member, leader: string): Promise<void>;
  /** What a node knows and whether it may be handed remains. Throws PeerError. */
  getStatus(address: string): Promise<PeerStatus>;
  /** Hands remains over. The receiver has them on disk before it says yes. Throws PeerError: the answer is then not known. */
  handOff(address: string, from: string, remains: readonly LogTail[]): Promise<HandoffReply>;
}

/** The leader's end of a stream. */
export interface LeaderStream {
  send(message: LeaderMessage): void;
  close(): void;
}

export interface LeaderStreamEvents {
  message(message: NodeMessage): void;
  /** `reason` is for people. */
  closed(reason: string): void;
}

/** What a node serves to its peers. */
export interface PeerService {
  /** A leader opened a stream. The node answers through `stream`. */
  accept(stream: NodeStream): NodeStreamEvents;
  /** False when this node does not lead, or is not `leader`: addresses are given away again, to other clusters' nodes too. */
  announce(member: Member, leader: string): boolean;
  getStatus(): PeerStatus;
  acceptHandoff(from: string, remains: readonly LogTail[]): HandoffReply;
}

/** The node's end of a stream. */
export interface NodeStream {
  send(message: NodeMessage): void;
  /** Ends the stream; `reason` reaches the leader. */
  refuse(reason: string): void;
}

export interface NodeStreamEvents {
  message(message: LeaderMessage): void;
  closed(): void;
}

export type LeaderMessage = LeaderHello | Collect | Published | Resigned;
export type NodeMessage = Hello | CollectReply;

/** The leader's first word. */
export interface LeaderHello {
  readonly kind: "welcome";
  readonly leader: string;
  readonly epoch: number;
  /** Null while the leader has no ledger. */
  readonly ledger: LedgerRef | null;
  /** Earlier ledgers whose nodes may join this one (docs/protocol.md, Adopt). */
  readonly adopted: readonly string[];
}

export interface Collect {
  readonly kind: "collect";
  readonly epoch: number;
  readonly round: number;
  readonly ledger: LedgerRef;
}

export interface Published {
  readonly kind: "published";
  readonly publication: Publication;
}

/** The leader gave its key up: campaign now rather than after a silence. */
export interface Resigned {
  readonly kind: "resigned";
}

/** The node's first word, after the leader's. */
export interface Hello extends NodeReport {
  readonly kind: "hello";
  readonly member: Member;
}

export interface CollectReply extends NodeReport {
  readonly kind: "answer";
  readonly epoch: number;
  readonly round: number;
  readonly batches: readonly Batch[];
}

export interface NodeReport {
  /** The newest ledger that this node, or anything in its data directory, has seen; null: none. */
  readonly known: LedgerPosition | null;
  /** Every source whose log this node holds and has offered, or is about to. */
  readonly sources: readonly SourceId[];
  /** Of the logs held here, those that this process began, as long as it does not drain: nobody else has them then but by a copy. */
  readonly begun: readonly SourceId[];
  readonly hits: number;
  readonly committed: number;
  readonly pending: number;
  /** Hits of which nobody can tell whether the ledger has them. */
  readonly indeterminate: number;
  /** Pages that are open on this node. */
  readonly active: number;
  readonly draining: boolean;
  /** Draining, and nothing is left to commit. */
  readonly drained: boolean;
  readonly durable: boolean;
  /** Takes no hits, because its data directory is missing. */
  readonly refusing: boolean;
  /** The node missed a change and needs a full snapshot. */
  readonly resync: boolean;
}

export interface PeerStatus {
  readonly nodeId: string;
  readonly known: LedgerRef | null;
  /** False while draining, and without a data directory or while it is missing. */
  readonly takesRemains: boolean;
}

export type HandoffReply = { readonly taken: true } | { readonly taken: false; readonly reason: string };

export class PeerError extends Error {
  override readonly name = "PeerError";
}
