import type { KeyedVerdictsMessage } from "./keyed_messages.ts";
import type { PublishedMessage, ShownWatermarkMessage } from "./leader_word.ts";
import { type Draft, NO_BYTES, Unusual, WireReader } from "./wire_reader.ts";

/** Of larger numbers, protobufjs makes others. */
const MAX_VERDICT = 127;

/**
 * Reads a publication as a leader of this release writes it, and nothing else: it has thousands of verdicts about keyed hits. Null: it is
 * another message, or unusual, so that protobufjs has to say what it is. Tags are as in `answer_reader.ts`.
 */
export function readPublication(bytes: Uint8Array): PublishedMessage | null {
  try {
    return leaderWord(new WireReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)));
  } catch (error) {
    if (error instanceof Unusual) return null;
    throw error;
  }
}

function leaderWord(reader: WireReader): PublishedMessage {
  if (!reader.more || reader.whole() !== 26) throw new Unusual("another message");
  const message = reader.inside(published);
  if (reader.more) throw new Unusual("more than one message");
  return message;
}

function published(reader: WireReader): PublishedMessage {
  const watermarks: ShownWatermarkMessage[] = [];
  const message: Draft<PublishedMessage> = {
    watermarks,
    cluster: NO_BYTES,
    ledger: NO_BYTES,
    verdicts: null,
    marks: null,
  };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 10) message.cluster = reader.bytes();
    else if (tag === 18) message.ledger = reader.bytes();
    else if (tag === 26) watermarks.push(reader.inside(shownWatermark));
    else if (tag === 34) message.verdicts = reader.inside(keyedVerdicts);
    else throw new Unusual("a field that few publications have");
  }
  return message;
}

function shownWatermark(reader: WireReader): ShownWatermarkMessage {
  const shown: Draft<ShownWatermarkMessage> = { source: NO_BYTES, ended: false };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 10) shown.source = reader.bytes();
    else if (tag === 16) shown.watermark = reader.whole();
    else if (tag === 24) shown.ended = reader.flag();
    else throw new Unusual("an unknown field of a watermark");
  }
  return shown;
}

function keyedVerdicts(reader: WireReader): KeyedVerdictsMessage {
  const [offers, verdicts]: [number[], number[]] = [[], []];
  const message: Draft<KeyedVerdictsMessage> = { offers, verdicts, life: NO_BYTES };
  while (reader.more) {
    const tag = reader.whole();
    if (tag === 10) message.life = reader.bytes();
    else if (tag === 18) reader.inside(() => reader.wholesInto(offers));
    else if (tag === 26) reader.inside(() => verdictsInto(verdicts, reader));
    else throw new Unusual("an unknown field of verdicts");
  }
  return message;
}

function verdictsInto(verdicts: number[], reader: WireReader): void {
  while (reader.more) {
    const verdict = reader.whole();
    if (verdict > MAX_VERDICT) throw new Unusual("no verdict");
    verdicts.push(verdict);
  }
}
