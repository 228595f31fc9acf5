import type { KeyedOffers } from "../core/keys/keyed_hit.ts";
import type { Adjustment } from "../core/ledger/adjustment.ts";
import type { Publication } from "../core/ledger/snapshot.ts";
import type { Batch, LedgerPosition, LedgerRef, LogTail, SourceId } from "../core/log/batch.ts";
import type { MarkOffers } from "../core/marks/mark.ts";
import type { AdjustmentOutcome } from "./adjusting.ts";
import type { Member } from "./discovery.ts";

/** A client of other nodes' peer services. */
export interface Peers {
  /** Opens the leader's long-lived stream to a node. Never throws: on failure `closed` is called once, and nothing after it. */
  connect(address: string, events: LeaderStreamEvents): LeaderStream;
  /** Asks the node `leader` at `address` to collect this node. Throws PeerError, also if that node does not lead or is not `leader`. */
  announce(address: string, self: Member, leader: string): Promise<void>;
  /** Finds out whether a process listens at `address`, and which node it is. Never throws. */
  reach(address: string): Promise<Presence>;
  /** Asks a node whether it hears the leader of `epoch`, or reaches its process. Throws PeerError. */
  hears(address: string, epoch: number): Promise<boolean>;
  /** Asks a node what it knows, and whether it takes logs. Throws PeerError. */
  getStatus(address: string): Promise<PeerStatus>;
  /** Hands logs off. The receiver has them on disk before it replies with yes. Throws PeerError: it may or may not have taken them. */
  handOff(address: string, from: string, tails: readonly LogTail[]): Promise<HandoffReply>;
  /** Has the leader at `address` do an adjustment. Throws PeerError: it may or may not have been done, or be done later. */
  adjust(address: string, adjustment: Adjustment): Promise<AdjustmentOutcome>;
}

/**
 * - `there`: a process listens, and says that it is `nodeId`
 * - `refused`: the machine replies, and no process listens (ECONNREFUSED)
 * - `unclear`: anything else, for example no reply in time
 */
export type Presence = { readonly kind: "there"; readonly nodeId: string } | { readonly kind: "refused" | "unclear" };

/** The leader's end of a stream. */
export interface LeaderStream {
  /** Whether a new stream should take this one's place between two rounds, because the certificates of this one end soon or were renewed. */
  readonly renewalDue: boolean;
  send(message: LeaderMessage): void;
  close(): void;
}

export interface LeaderStreamEvents {
  message(message: NodeMessage): void;
  /** `reason` is for people. */
  closed(reason: string): void;
}

/** The service of a node to its peers. */
export interface PeerService {
  /** Called when a leader opens a stream. The node replies through `stream`. */
  accept(stream: NodeStream): NodeStreamEvents;
  /**
   * False if this node does not lead, or is not `leader`: an address may be reused, also by a node of another cluster. `authenticated`: as
   * in `NodeStream`.
   */
  announce(member: Member, leader: string, authenticated: boolean): boolean;
  /** Whether this node hears the leader of `epoch`, or reaches its process. Throws StoreError. */
  hears(epoch: number): Promise<boolean>;
  getStatus(): PeerStatus;
  /** Takes logs that the node `from` hands off. They are on disk when this returns yes. `authenticated`: as in `NodeStream`. */
  acceptHandoff(from: string, tails: readonly LogTail[], authenticated: boolean): HandoffReply;
  /** Does an adjustment, if this node leads. In a cluster with certificates, only a node with one may ask for it. */
  adjust(adjustment: Adjustment): Promise<AdjustmentOutcome>;
}

/** The node's end of a stream. */
export interface NodeStream {
  /** Whether the leader's certificate says that it is a node of this cluster. */
  readonly authenticated: boolean;
  send(message: NodeMessage): void;
  /** Ends the stream, and sends the leader `reason`. */
  refuse(reason: string): void;
}

export interface NodeStreamEvents {
  message(message: LeaderMessage): void;
  closed(): void;
}

export type LeaderMessage = LeaderHello | Collect | Published | Resigned;
export type NodeMessage = Hello | CollectReply;

/** The leader's first message on a stream. `kind` is the message's name on the wire. */
export interface LeaderHello {
  readonly kind: "welcome";
  readonly leader: string;
  readonly epoch: number;
  /** Null while the leader has no ledger. */
  readonly ledger: LedgerRef | null;
  /** Earlier ledgers whose nodes may join this one (docs/protocol.md, Adopt). */
  readonly adopted: readonly string[];
}

/** The leader asks for batches and a report. */
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

/** The leader gave its key up. A node may campaign at once. */
export interface Resigned {
  readonly kind: "resigned";
}

/** The node's first message on a stream, after the leader's. */
export interface Hello extends NodeReport {
  readonly kind: "hello";
  readonly member: Member;
  /** The highest format of the ledger that this node's program reads and writes. */
  readonly knows: number;
}

/** The node's reply to a collect. `kind` is the message's name on the wire. */
export interface CollectReply extends NodeReport {
  readonly kind: "answer";
  readonly epoch: number;
  readonly round: number;
  readonly batches: readonly Batch[];
  /** Absent: no keyed hit waits here. */
  readonly keyed?: KeyedOffers | null;
  /** Absent: no mark waits here. */
  readonly marks?: MarkOffers | null;
}

/** A node's report about itself, in each of its messages. */
export interface NodeReport {
  /** The newest ledger that this node has seen, in this process or by its data directory; null: none. */
  readonly known: LedgerPosition | null;
  /** Sources of the logs held here, once their first offer is recorded. */
  readonly sources: readonly SourceId[];
  /** Sources of the logs held here that this process began; none while it drains. Until then only a copied data directory can have them, too. */
  readonly begun: readonly SourceId[];
  /** Hits that this process has acknowledged. */
  readonly hits: number;
  /** Those of `hits` that a snapshot has shown committed. */
  readonly committed: number;
  /** Hits in the logs held here that no snapshot covers. */
  readonly pending: number;
  /** Hits of which nobody can tell whether the ledger has them. */
  readonly indeterminate: number;
  /** Pages that are open on this node. */
  readonly active: number;
  readonly draining: boolean;
  /** The node is draining, and has nothing left to commit. */
  readonly drained: boolean;
  /** Whether the node has a data directory that is not missing. */
  readonly durable: boolean;
  /** Whether the node takes no hits, because its data directory is missing. */
  readonly refusing: boolean;
  /** The node has missed a change. It needs the changes since `totals`, or a full snapshot. */
  readonly resync: boolean;
  /** Its wall clock, in milliseconds since 1970. Absent: it is of release 0.1.0, and knows no keyed hits. */
  readonly clock?: number | null;
  /** The version of which the node has all totals; null: none. Undefined: it is of 0.1.0, which does not say. */
  readonly totals?: LedgerPosition | null | undefined;
}

/** A node's state, for a node that wants to hand logs off to it. */
export interface PeerStatus {
  readonly nodeId: string;
  readonly known: LedgerRef | null;
  /** Whether it takes logs. False while draining, and without a data directory or while that is missing. */
  readonly takesRemains: boolean;
}

export type HandoffReply = { readonly taken: true } | { readonly taken: false; readonly reason: string };

/** The peer was not reached, or refused. */
export class PeerError extends Error {
  override readonly name = "PeerError";
}
