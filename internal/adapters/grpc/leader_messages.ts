import type { ClusterChange } from "../../core/cluster/cluster_view.ts";
import type { LedgerChange, Publication, ShownWatermark } from "../../core/ledger/snapshot.ts";
import type { LeaderMessage } from "../../ports/peers.ts";
import { id, knownFormat, offset, present, refuse, source, WIRE_FORMAT, whole } from "./checks.ts";
import { decodeClusterChange, encodeClusterChange } from "./cluster_messages.ts";
import { framed, PREFIX_BYTES, writePrefix } from "./framing.ts";
import { toKeyedVerdicts, writeKeyedVerdicts } from "./keyed_messages.ts";
import {
  type CollectMessage,
  type LeaderHelloMessage,
  type PublishedMessage,
  publishedMessage,
  type ShownWatermarkMessage,
  wireMessage,
} from "./leader_word.ts";
import { decodeLedgerChange, encodeLedgerChange } from "./ledger_messages.ts";
import { toLedgerRef, toLedgerRefOrNull } from "./log_messages.ts";
import { fromMarkVerdicts, toMarkVerdicts } from "./mark_messages.ts";
import { readPublication } from "./publication_reader.ts";
import { WireWriter } from "./wire_writer.ts";

const NOTHING = Buffer.alloc(0);
/** Field 3 of a LeaderWord: bytes of this length. */
const PUBLISHED_TAG = 0x1a;
const MAX_LENGTH_BYTES = 5;
/** Room for a ShownWatermark and its tag. */
const WATERMARK_BYTES = 32;

const clusterOnce = once(encodeClusterChange);
const ledgerOnce = once(encodeLedgerChange);
const frameOnce = once((message: LeaderMessage) => [framed(encodeLeaderMessage(message))]);

/** A message in bytes. */
export function encodeLeaderMessage(message: LeaderMessage): Buffer {
  if (message.kind === "published") return Buffer.concat(published(message.publication)).subarray(PREFIX_BYTES);
  const said = message.kind === "welcome" ? { ...message, reads: WIRE_FORMAT } : message;
  return wireMessage.encode({ [message.kind]: said });
}

/** The same with its prefix, in parts to send one after the other. What many nodes get is one part, encoded once and never copied. */
export function frameLeaderMessage(message: LeaderMessage): readonly Buffer[] {
  return message.kind === "published" ? published(message.publication) : frameOnce(message);
}

/** Throws Malformed. */
export function decodeLeaderMessage(bytes: Uint8Array): LeaderMessage {
  const publication = readPublication(bytes);
  if (publication) return { kind: "published", publication: toPublication(publication) };
  const { welcome, collect, published, resigned } = wireMessage.decode(bytes);
  if (welcome) return toLeaderHello(welcome);
  if (collect) return toCollect(collect);
  if (published) return { kind: "published", publication: toPublication(published) };
  return resigned ? { kind: "resigned" } : refuse("a leader's message", "nothing", "one of four");
}

/** Encodes an object once, although a thousand nodes get it. */
function once<T extends object, Bytes>(encode: (value: T) => Bytes): (value: T) => Bytes {
  const encoded = new WeakMap<T, Bytes>();
  return (value) => {
    const known = encoded.get(value);
    if (known) return known;
    const bytes = encode(value);
    encoded.set(value, bytes);
    return bytes;
  };
}

/** Fields of a message may come in any order, and its bytes one after the other: so the shared ones need not be copied. */
function published(publication: Publication): Buffer[] {
  const common = sharedPart(publication.shared);
  const own = ownPart(publication);
  return [Buffer.concat([head(own.length + common.length), own]), common];
}

/** What only one node gets. There is one for each node in each round, and protobufjs makes many objects of each. */
function ownPart({ watermarks, verdicts, marks }: Omit<Publication, "shared">): Buffer {
  const writer = new WireWriter(watermarks.length * WATERMARK_BYTES);
  for (const watermark of watermarks) writeShown(writer, watermark);
  if (verdicts) {
    const start = writer.begin(34);
    writeKeyedVerdicts(writer, verdicts);
    writer.end(start);
  }
  if (marks) writer.fields(publishedMessage.encode({ marks: fromMarkVerdicts(marks) }));
  return writer.bytes;
}

const sharedParts = new WeakMap<ClusterChange, { readonly ledger: LedgerChange | null; readonly part: Buffer }>();

/** Most nodes get the same changes, one node after the other. */
function sharedPart({ cluster, ledger }: Publication["shared"]): Buffer {
  const last = sharedParts.get(cluster);
  if (last?.ledger === ledger) return last.part;
  const part = publishedMessage.encode({
    cluster: clusterOnce(cluster),
    ledger: ledger ? ledgerOnce(ledger) : NOTHING,
  });
  sharedParts.set(cluster, { ledger, part });
  return part;
}

/** What stands before the fields of a Published. */
function head(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + 1 + MAX_LENGTH_BYTES);
  bytes[PREFIX_BYTES] = PUBLISHED_TAG;
  const end = writeVarint(bytes, PREFIX_BYTES + 1, length);
  writePrefix(bytes, end - PREFIX_BYTES + length);
  return bytes.subarray(0, end);
}

function writeVarint(bytes: Buffer, from: number, value: number): number {
  let at = from;
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes[at++] = (left & 0x7f) | 0x80;
  bytes[at++] = left;
  return at;
}

function toLeaderHello({ leader, epoch, ledger, adopted, reads }: LeaderHelloMessage): LeaderMessage {
  knownFormat(reads);
  return {
    kind: "welcome",
    leader: id(leader, "leader"),
    epoch: whole(epoch, "epoch"),
    ledger: toLedgerRefOrNull(ledger, "ledger"),
    adopted: adopted.map((ledger) => id(ledger, "adopted ledger")),
  };
}

function toCollect({ epoch, round, ledger }: CollectMessage): LeaderMessage {
  return {
    kind: "collect",
    epoch: whole(epoch, "epoch"),
    round: whole(round, "round"),
    ledger: toLedgerRef(present(ledger, "ledger"), "ledger"),
  };
}

function toPublication({ cluster, ledger, watermarks, verdicts, marks }: PublishedMessage): Publication {
  return {
    shared: { cluster: decodeClusterChange(cluster), ledger: ledger.length > 0 ? decodeLedgerChange(ledger) : null },
    watermarks: watermarks.map(toShown),
    verdicts: verdicts && toKeyedVerdicts(verdicts),
    ...(marks && { marks: toMarkVerdicts(marks) }),
  };
}

function writeShown(writer: WireWriter, { source, watermark, ended }: ShownWatermark): void {
  const start = writer.begin(26);
  writer.hex(10, source);
  if (watermark !== null) writer.number(16, watermark);
  if (ended) writer.number(24, 1);
  writer.end(start);
}

function toShown({ source: bytes, watermark = null, ended }: ShownWatermarkMessage): ShownWatermark {
  return { source: source(bytes), watermark: watermark === null ? null : offset(watermark, "watermark"), ended };
}
