import type { KeyedOffers } from "../../core/keys/keyed_hit.ts";
import type { CollectReply, Hello, NodeMessage, NodeReport } from "../../ports/peers.ts";
import { readAnswer } from "./answer_reader.ts";
import { knownFormat, present, refuse, source, time, WIRE_FORMAT, whole } from "./checks.ts";
import { toKeyedOffers, writeKeyedOffers } from "./keyed_messages.ts";
import { fromBatch, sourceBytes, toBatch, toLedgerPosition } from "./log_messages.ts";
import { fromMarkOffers, toMarkOffers } from "./mark_messages.ts";
import { fromMember, toMember } from "./member_messages.ts";
import { type AnswerMessage, answerMessage, type NodeReportMessage, wireMessage } from "./node_word.ts";
import { WireWriter } from "./wire_writer.ts";

export function encodeNodeMessage(message: NodeMessage): Buffer {
  const { sources, begun, totals } = message;
  const lists = { sources: sources.map(sourceBytes), begun: begun.map(sourceBytes) };
  const report = { ...message, ...lists, totals: totals === undefined ? null : { version: totals } };
  if (message.kind === "hello") return wireMessage.encode({ report, hello: helloOf(message) });
  const { epoch, round, batches, keyed = null, marks = null } = message;
  const answer = { epoch, round, batches: batches.map(fromBatch), keyed: null, marks: marks && fromMarkOffers(marks) };
  return keyed ? withKeyed(wireMessage.encode({ report }), answer, keyed) : wireMessage.encode({ report, answer });
}

/** `report`: what stands before the answer. */
function withKeyed(report: Buffer, answer: AnswerMessage, keyed: KeyedOffers): Buffer {
  const writer = new WireWriter();
  writer.fields(report);
  const start = writer.begin(26);
  writer.fields(answerMessage.encode(answer));
  const offers = writer.begin(34);
  writeKeyedOffers(writer, keyed);
  writer.end(offers);
  writer.end(start);
  return writer.bytes;
}

function helloOf({ member, knows }: Hello) {
  return { member: fromMember(member), reads: WIRE_FORMAT, knows };
}

/** Throws Malformed. */
export function decodeNodeMessage(bytes: Buffer): NodeMessage {
  const { report: reported, hello, answer } = readAnswer(bytes) ?? wireMessage.decode(bytes);
  // First, because the rest may be unknown, too.
  if (hello) knownFormat(hello.reads);
  const report = toReport(present(reported, "report"));
  if (hello) {
    const member = toMember(present(hello.member, "member"));
    return { kind: "hello", member, knows: whole(hello.knows, "knows") || 1, ...report };
  }
  if (!answer) return refuse("a node's message", "nothing", "hello or answer");
  const { epoch, round, batches, keyed, marks } = answer;
  // Only the first spread of a literal is cheap, and there is an answer of each node in each round.
  const reply: CollectReply = {
    ...report,
    kind: "answer",
    epoch: whole(epoch, "epoch"),
    round: whole(round, "round"),
    batches: batches.map(toBatch),
    keyed: keyed && toKeyedOffers(keyed),
  };
  return marks ? { ...reply, marks: toMarkOffers(marks) } : reply;
}

function toReport(message: NodeReportMessage): NodeReport {
  const { known, sources, begun, draining, drained, durable, refusing, resync, totals } = message;
  const { hits, committed, pending, indeterminate, active, clock = null } = message;
  const report: NodeReport = {
    known: known && toLedgerPosition(known, "known ledger"),
    sources: sources.map(source),
    begun: begun.map(source),
    hits: whole(hits, "hits"),
    committed: whole(committed, "committed"),
    pending: whole(pending, "pending"),
    indeterminate: whole(indeterminate, "indeterminate"),
    active: whole(active, "active"),
    draining,
    drained,
    durable,
    refusing,
    resync,
    clock: clock === null ? null : time(clock, "clock"),
  };
  return totals ? { ...report, totals: totals.version && toLedgerPosition(totals.version, "totals") } : report;
}
