import type { KeyedHitMessage, KeyedOffersMessage } from "./keyed_messages.ts";
import type { BatchMessage, LedgerPositionMessage, LedgerRefMessage, SegmentMessage } from "./log_messages.ts";
import type { AnswerMessage, NodeReportMessage, NodeWordMessage } from "./node_word.ts";
import { type Draft, NO_BYTES, Unusual, WireReader } from "./wire_reader.ts";

/**
 * Reads an answer as a node of this release writes it, and nothing else: a leader reads one of each node in each round, and protobufjs makes
 * two objects of each message, and one of each number. Null: it is unusual, so that protobufjs has to say what it is. Each `case` is a
 * field's number and wire type, as `proto/peer.proto` has it: 8 times the number, and 2 for anything with a length.
 */
export function readAnswer(bytes: Buffer): NodeWordMessage | null {
  try {
    return nodeWord(new WireReader(bytes));
  } catch (error) {
    if (error instanceof Unusual) return null;
    throw error;
  }
}

function nodeWord(reader: WireReader): NodeWordMessage {
  let report: NodeReportMessage | null = null;
  let answer: AnswerMessage | undefined;
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 10) report = reader.inside(nodeReport);
    else if (tag === 26) answer = reader.inside(answerMessage);
    else throw new Unusual("a field of another message");
  }
  if (answer === undefined) throw new Unusual("no answer");
  return { report, answer };
}

function answerMessage(reader: WireReader): AnswerMessage {
  const batches: BatchMessage[] = [];
  let [epoch, round] = [0, 0];
  let keyed: KeyedOffersMessage | null = null;
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 8) epoch = reader.whole();
    else if (tag === 16) round = reader.whole();
    else if (tag === 26) batches.push(reader.inside(batchMessage));
    else if (tag === 34) keyed = reader.inside(keyedOffers);
    else throw new Unusual("a field that few answers have");
  }
  return { batches, epoch, round, keyed, marks: null };
}

function keyedOffers(reader: WireReader): KeyedOffersMessage {
  const hits: KeyedHitMessage[] = [];
  const offers: Draft<KeyedOffersMessage> = { hits, life: NO_BYTES, region: "" };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 10) offers.life = reader.bytes();
    else if (tag === 18) offers.region = reader.text();
    else if (tag === 26) hits.push(reader.inside(keyedHit));
    else throw new Unusual("an unknown field of keyed hits");
  }
  return offers;
}

function keyedHit(reader: WireReader): KeyedHitMessage {
  const hit: Draft<KeyedHitMessage> = { number: 0, key: NO_BYTES, counter: "", by: 0 };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 8) hit.number = reader.whole();
    else if (tag === 18) hit.key = reader.bytes();
    else if (tag === 26) hit.counter = reader.text();
    else if (tag === 32) hit.by = reader.whole();
    else if (tag === 40) hit.hour = reader.uint32();
    else throw new Unusual("an unknown field of a keyed hit");
  }
  return hit;
}

function batchMessage(reader: WireReader): BatchMessage {
  const batch: Draft<BatchMessage> = { source: NO_BYTES, region: "", base: 0, note: null, segment: null, last: false };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 10) batch.source = reader.bytes();
    else if (tag === 18) batch.region = reader.text();
    else if (tag === 24) batch.base = reader.whole();
    else if (tag === 34) batch.note = reader.inside(ledgerRef);
    else if (tag === 42) batch.segment = reader.inside(segmentMessage);
    else if (tag === 48) batch.last = reader.flag();
    else throw new Unusual("an unknown field of a batch");
  }
  return batch;
}

function segmentMessage(reader: WireReader): SegmentMessage {
  const [counters, hits]: [string[], number[]] = [[], []];
  const segment: Draft<SegmentMessage> = { counters, hits, from: 0, to: 0 };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 8) segment.from = reader.whole();
    else if (tag === 16) segment.to = reader.whole();
    else if (tag === 26) counters.push(reader.text());
    else if (tag === 34) reader.inside(() => reader.wholesInto(hits));
    else if (tag === 40) segment.hour = reader.uint32();
    else throw new Unusual("an unknown field of a segment");
  }
  return segment;
}

function nodeReport(reader: WireReader): NodeReportMessage {
  const [sources, begun]: [Uint8Array[], Uint8Array[]] = [[], []];
  const report: Draft<NodeReportMessage> = {
    sources,
    begun,
    known: null,
    totals: null,
    hits: 0,
    pending: 0,
    committed: 0,
    active: 0,
    indeterminate: 0,
    draining: false,
    drained: false,
    durable: false,
    resync: false,
    refusing: false,
  };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 10) report.known = reader.inside(ledgerPosition);
    else if (tag === 18) sources.push(reader.bytes());
    else if (tag === 24) report.hits = reader.whole();
    else if (tag === 32) report.pending = reader.whole();
    else if (tag === 40) report.draining = reader.flag();
    else if (tag === 48) report.drained = reader.flag();
    else if (tag === 56) report.durable = reader.flag();
    else if (tag === 64) report.resync = reader.flag();
    else if (tag === 72) report.committed = reader.whole();
    else if (tag === 80) report.active = reader.whole();
    else if (tag === 88) report.refusing = reader.flag();
    else if (tag === 98) begun.push(reader.bytes());
    else if (tag === 104) report.indeterminate = reader.whole();
    else if (tag === 113) report.clock = reader.double();
    else if (tag === 138) report.totals = reader.inside(heldTotals);
    else throw new Unusual("an unknown field of a report");
  }
  return report;
}

function heldTotals(reader: WireReader): { version: LedgerPositionMessage | null } {
  let version: LedgerPositionMessage | null = null;
  while (reader.more) {
    if (reader.whole() !== 10) throw new Unusual("an unknown field of what a node holds");
    version = reader.inside(ledgerPosition);
  }
  return { version };
}

function ledgerRef(reader: WireReader): LedgerRefMessage {
  const ref: Draft<LedgerRefMessage> = { id: "", version: 0 };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 10) ref.id = reader.text();
    else if (tag === 16) ref.version = reader.whole();
    else throw new Unusual("an unknown field of a ledger");
  }
  return ref;
}

function ledgerPosition(reader: WireReader): LedgerPositionMessage {
  const position: Draft<LedgerPositionMessage> = { id: "", version: 0, writer: "" };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 10) position.id = reader.text();
    else if (tag === 16) position.version = reader.whole();
    else if (tag === 26) position.writer = reader.text();
    else throw new Unusual("an unknown field of a position");
  }
  return position;
}
