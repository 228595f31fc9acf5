import { MAX_MESSAGE_BYTES } from "./peer_connection.ts";

/** Each message on a stream has a flag (0: not compressed) and its length before it (gRPC over HTTP/2, Length-Prefixed-Message). */
export const PREFIX_BYTES = 5;

/** Writes what stands before a message of `length` bytes. */
export function writePrefix(bytes: Buffer, length: number): void {
  bytes[0] = 0;
  bytes.writeUInt32BE(length, 1);
}

/** A message with what stands before it. */
export function framed(message: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  writePrefix(bytes, message.length);
  message.copy(bytes, PREFIX_BYTES);
  return bytes;
}

/** What came is no message of gRPC that may be read here. */
export class FramingError extends Error {
  override readonly name = "FramingError";
}

/** Cuts the bytes of a stream into messages. */
export class Unframer {
  /** Of a message that is not complete. */
  #parts: Buffer[] = [];
  #length = 0;

  /** The messages that are complete with `chunk`. Throws FramingError if one is compressed or over the limit. */
  messages(chunk: Buffer): Buffer[] {
    if (this.#length > 0 && this.#lacksMoreThan(chunk)) return [];
    const bytes = this.#length > 0 ? Buffer.concat([...this.#parts, chunk]) : chunk;
    const complete: Buffer[] = [];
    let at = 0;
    for (let end = endOf(bytes, at); end <= bytes.length; end = endOf(bytes, at)) {
      complete.push(bytes.subarray(at + PREFIX_BYTES, end));
      at = end;
    }
    this.#parts = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#length = bytes.length - at;
    return complete;
  }

  /** A large message comes in many chunks, which are put together once. */
  #lacksMoreThan(chunk: Buffer): boolean {
    const [first] = this.#parts as [Buffer];
    if (first.length < PREFIX_BYTES || this.#length + chunk.length >= endOf(first, 0)) return false;
    this.#parts.push(chunk);
    this.#length += chunk.length;
    return true;
  }
}

/** Where the message ends that begins at `at`; infinite while nobody can tell. */
function endOf(bytes: Buffer, at: number): number {
  if (bytes.length < at + PREFIX_BYTES) return Number.POSITIVE_INFINITY;
  if (bytes[at] !== 0) throw new FramingError("the peer sent a compressed message");
  const length = bytes.readUInt32BE(at + 1);
  if (length > MAX_MESSAGE_BYTES)
    throw new FramingError(`the peer sent a message of ${length} bytes, over the limit of ${MAX_MESSAGE_BYTES}`);
  return at + PREFIX_BYTES + length;
}
