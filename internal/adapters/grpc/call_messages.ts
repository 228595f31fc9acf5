import type { LogTail } from "../../core/log/batch.ts";
import type { Member } from "../../ports/discovery.ts";
import type { HandoffReply, PeerStatus } from "../../ports/peers.ts";
import { id, present } from "./checks.ts";
import {
  fromLogTail,
  type LedgerRefMessage,
  type LogTailMessage,
  toLedgerRefOrNull,
  toLogTail,
} from "./log_messages.ts";
import { fromMember, type MemberMessage, toMember } from "./member_messages.ts";
import { type Codec, codec } from "./wire.ts";

/** Requests and replies of the unary calls. Each `decode` throws Malformed. */
export const announceRequest: Codec<{ member: Member; leader: string }> = convert(
  codec<{ member: MemberMessage | null; leader: string }>("KnockRequest", { longs: "numbers" }),
  ({ member, leader }) => ({ member: fromMember(member), leader }),
  ({ member, leader }) => ({ member: toMember(present(member, "member")), leader }),
);

export const announceReply = codec<{ leads: boolean }>("KnockReply", { longs: "numbers" });

export const statusRequest = codec<object>("GreetRequest", { longs: "numbers" });

export const statusReply: Codec<PeerStatus> = convert(
  codec<{ nodeId: string; known: LedgerRefMessage | null; takesRemains: boolean }>("GreetReply", { longs: "numbers" }),
  (status) => status,
  ({ nodeId, known, takesRemains }) => ({
    nodeId: id(nodeId, "node"),
    known: toLedgerRefOrNull(known, "known ledger"),
    takesRemains,
  }),
);

export const hearsRequest = codec<{ epoch: number }>("HearsRequest", { longs: "numbers" });

export const hearsReply = codec<{ hears: boolean }>("HearsReply", { longs: "numbers" });

export const handoffRequest: Codec<{ from: string; remains: readonly LogTail[] }> = convert(
  codec<{ from: string; remains: readonly LogTailMessage[] }>("HandOverRequest", { longs: "numbers" }),
  ({ from, remains }) => ({ from, remains: remains.map(fromLogTail) }),
  ({ from, remains }) => ({ from: id(from, "node"), remains: remains.map(toLogTail) }),
);

export const handoffReply: Codec<HandoffReply> = convert(
  codec<{ taken: boolean; reason: string }>("HandOverReply", { longs: "numbers" }),
  (reply) => ({ taken: reply.taken, reason: reply.taken ? "" : reply.reason }),
  ({ taken, reason }) => (taken ? { taken } : { taken, reason }),
);

export function convert<Message, Value>(
  { encode, decode }: Codec<Message>,
  from: (value: Value) => Message,
  to: (message: Message) => Value,
): Codec<Value> {
  return { encode: (value) => encode(from(value)), decode: (bytes) => to(decode(bytes)) };
}
