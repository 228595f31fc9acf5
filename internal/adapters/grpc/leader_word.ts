import type { LeaderHello } from "../../ports/peers.ts";
import type { KeyedVerdictsMessage } from "./keyed_messages.ts";
import type { LedgerRefMessage } from "./log_messages.ts";
import type { MarkVerdictsMessage } from "./mark_messages.ts";
import { codec } from "./wire.ts";

/** A leader's message on the wire. */
interface LeaderWordMessage {
  readonly welcome?: LeaderHelloMessage;
  readonly collect?: CollectMessage;
  readonly published?: PublishedMessage;
  readonly resigned?: object;
}

export interface LeaderHelloMessage extends Omit<LeaderHello, "kind" | "ledger"> {
  readonly reads: number;
  readonly ledger: LedgerRefMessage | null;
}

export interface CollectMessage {
  readonly epoch: number;
  readonly round: number;
  readonly ledger: LedgerRefMessage | null;
}

export interface PublishedMessage {
  readonly cluster: Uint8Array;
  readonly ledger: Uint8Array;
  readonly watermarks: readonly ShownWatermarkMessage[];
  readonly verdicts: KeyedVerdictsMessage | null;
  readonly marks: MarkVerdictsMessage | null;
}

export interface ShownWatermarkMessage {
  readonly source: Uint8Array;
  readonly watermark?: number | null;
  readonly ended: boolean;
}

/** Reads and writes every message of a leader. */
export const wireMessage = codec<LeaderWordMessage>("LeaderWord", { longs: "numbers" });

/** Writes some fields of a publication. */
export const publishedMessage = codec<Partial<PublishedMessage>>("Published", { longs: "numbers" });
