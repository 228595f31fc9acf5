import type { Publication, ShownWatermark } from "../../core/ledger/snapshot.ts";
import type { LeaderHello, LeaderMessage } from "../../ports/peers.ts";
import { id, knownFormat, offset, present, refuse, source, WIRE_FORMAT, whole } from "./checks.ts";
import { decodeClusterChange, encodeClusterChange } from "./cluster_messages.ts";
import { fromKeyedVerdicts, type KeyedVerdictsMessage, toKeyedVerdicts } from "./keyed_messages.ts";
import { decodeLedgerChange, encodeLedgerChange } from "./ledger_messages.ts";
import { type LedgerRefMessage, sourceBytes, toLedgerRef, toLedgerRefOrNull } from "./log_messages.ts";
import { fromMarkVerdicts, type MarkVerdictsMessage, toMarkVerdicts } from "./mark_messages.ts";
import { codec } from "./wire.ts";

interface LeaderWordMessage {
  readonly welcome?: LeaderHelloMessage;
  readonly collect?: CollectMessage;
  readonly published?: PublishedMessage;
  readonly resigned?: object;
}

interface LeaderHelloMessage extends Omit<LeaderHello, "kind" | "ledger"> {
  readonly reads: number;
  readonly ledger: LedgerRefMessage | null;
}

interface CollectMessage {
  readonly epoch: number;
  readonly round: number;
  readonly ledger: LedgerRefMessage | null;
}

interface PublishedMessage {
  readonly cluster: Uint8Array;
  readonly ledger: Uint8Array;
  readonly watermarks: readonly ShownWatermarkMessage[];
  readonly verdicts: KeyedVerdictsMessage | null;
  readonly marks: MarkVerdictsMessage | null;
}

interface ShownWatermarkMessage {
  readonly source: Uint8Array;
  readonly watermark?: number | null;
  readonly ended: boolean;
}

const wireMessage = codec<LeaderWordMessage>("LeaderWord", { longs: "numbers" });
const NOTHING = Buffer.alloc(0);

const clusterOnce = once(encodeClusterChange);
const ledgerOnce = once(encodeLedgerChange);
const messageOnce = once(encodeShared);

export function encodeLeaderMessage(message: LeaderMessage): Buffer {
  return message.kind === "published" ? encodePublished(message.publication) : messageOnce(message);
}

/** Throws Malformed. */
export function decodeLeaderMessage(bytes: Uint8Array): LeaderMessage {
  const { welcome, collect, published, resigned } = wireMessage.decode(bytes);
  if (welcome) return toLeaderHello(welcome);
  if (collect) return toCollect(collect);
  if (published) return { kind: "published", publication: toPublication(published) };
  return resigned ? { kind: "resigned" } : refuse("a leader's message", "nothing", "one of four");
}

/** Encodes an object once, although a thousand nodes get it. */
function once<T extends object>(encode: (value: T) => Buffer): (value: T) => Buffer {
  const encoded = new WeakMap<T, Buffer>();
  return (value) => {
    const known = encoded.get(value);
    if (known) return known;
    const bytes = encode(value);
    encoded.set(value, bytes);
    return bytes;
  };
}

function encodeShared(message: LeaderMessage): Buffer {
  const said = message.kind === "welcome" ? { ...message, reads: WIRE_FORMAT } : message;
  return wireMessage.encode({ [message.kind]: said });
}

function encodePublished({ shared, watermarks, verdicts: judged = null, marks: decided = null }: Publication): Buffer {
  const cluster = clusterOnce(shared.cluster);
  const ledger = shared.ledger ? ledgerOnce(shared.ledger) : NOTHING;
  const verdicts = judged && fromKeyedVerdicts(judged);
  const marks = decided && fromMarkVerdicts(decided);
  return wireMessage.encode({ published: { cluster, ledger, watermarks: watermarks.map(fromShown), verdicts, marks } });
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

function fromShown({ source, watermark, ended }: ShownWatermark): ShownWatermarkMessage {
  return { source: sourceBytes(source), watermark, ended };
}

function toShown({ source: bytes, watermark = null, ended }: ShownWatermarkMessage): ShownWatermark {
  return { source: source(bytes), watermark: watermark === null ? null : offset(watermark, "watermark"), ended };
}
