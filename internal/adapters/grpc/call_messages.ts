import type { LogTail } from "../../core/log/batch.ts";
import type { Member } from "../../ports/discovery.ts";
import type { HandoffReply, PeerStatus } from "../../ports/peers.ts";
import { id, present } from "./checks.ts";
import {
  fromRemains,
  type LedgerRefMessage,
  type RemainsMessage,
  toLedgerRefOrNull,
  toRemains,
} from "./log_messages.ts";
import { fromMember, type MemberMessage, toMember } from "./member_messages.ts";
import { type Codec, codec } from "./wire.ts";

/** The requests and replies of the unary calls; every `decode` throws Malformed. */
export const knockRequest: Codec<{ member: Member; leader: string }> = convert(
  codec<{ member: MemberMessage | null; leader: string }>("KnockRequest", { longs: "numbers" }),
  ({ member, leader }) => ({ member: fromMember(member), leader }),
  ({ member, leader }) => ({ member: toMember(present(member, "member")), leader }),
);

export const knockReply = codec<{ leads: boolean }>("KnockReply", { longs: "numbers" });

export const greetRequest = codec<object>("GreetRequest", { longs: "numbers" });

export const greetReply: Codec<PeerStatus> = convert(
  codec<{ nodeId: string; known: LedgerRefMessage | null; takesRemains: boolean }>("GreetReply", { longs: "numbers" }),
  (greeting) => greeting,
  ({ nodeId, known, takesRemains }) => ({
    nodeId: id(nodeId, "node"),
    known: toLedgerRefOrNull(known, "known ledger"),
    takesRemains,
  }),
);

export const handOverRequest: Codec<{ from: string; remains: readonly LogTail[] }> = convert(
  codec<{ from: string; remains: readonly RemainsMessage[] }>("HandOverRequest", { longs: "numbers" }),
  ({ from, remains }) => ({ from, remains: remains.map(fromRemains) }),
  ({ from, remains }) => ({ from: id(from, "node"), remains: remains.map(toRemains) }),
);

export const handOverReply: Codec<HandoffReply> = convert(
  codec<{ taken: boolean; reason: string }>("HandOverReply", { longs: "numbers" }),
  (answer) => ({ taken: answer.taken, reason: answer.taken ? "" : answer.reason }),
  ({ taken, reason }) => (taken ? { taken } : { taken, reason }),
);

function convert<Message, Value>(
  { encode, decode }: Codec<Message>,
  from: (value: Value) => Message,
  to: (message: Message) => Value,
): Codec<Value> {
  return { encode: (value) => encode(from(value)), decode: (bytes) => to(decode(bytes)) };
}
