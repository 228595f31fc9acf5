import type { NodeReport } from "../../ports/peers.ts";
import type { KeyedOffersMessage } from "./keyed_messages.ts";
import type { BatchMessage, LedgerPositionMessage } from "./log_messages.ts";
import type { MarkOffersMessage } from "./mark_messages.ts";
import type { MemberMessage } from "./member_messages.ts";
import { codec } from "./wire.ts";

/** A node's message on the wire. */
export interface NodeWordMessage {
  readonly report: NodeReportMessage | null;
  readonly hello?: { readonly member: MemberMessage | null; readonly reads: number; readonly knows: number };
  readonly answer?: AnswerMessage;
}

export interface AnswerMessage {
  readonly epoch: number;
  readonly round: number;
  readonly batches: readonly BatchMessage[];
  readonly keyed: KeyedOffersMessage | null;
  readonly marks: MarkOffersMessage | null;
}

export interface NodeReportMessage extends Omit<NodeReport, "known" | "sources" | "begun" | "totals"> {
  readonly known: LedgerPositionMessage | null;
  readonly totals: { readonly version: LedgerPositionMessage | null } | null;
  readonly sources: readonly Uint8Array[];
  readonly begun: readonly Uint8Array[];
}

/** Reads and writes every message of a node. */
export const wireMessage = codec<NodeWordMessage>("NodeWord", { longs: "numbers" });

/** Writes an answer alone. */
export const answerMessage = codec<AnswerMessage>("Answer", { longs: "numbers" });
