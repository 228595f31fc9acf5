import type { Writable } from "node:stream";
import { MAX_MESSAGE_BYTES } from "./peer_connection.ts";

/** Bytes that may wait for a peer that reads slowly: many rounds' worth, and small enough for a leader of a thousand nodes. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Writes messages to a stream and counts what has not left yet. */
export class BoundedWriter {
  readonly #stream: Writable;
  #waiting = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** The reason why the stream must end instead, if it must. */
  write(bytes: Buffer): string | null {
    if (bytes.length > MAX_MESSAGE_BYTES)
      return `a message of ${bytes.length} bytes is over the limit of ${MAX_MESSAGE_BYTES}`;
    if (this.#waiting > MAX_WAITING_BYTES) return `the peer reads too slowly: ${this.#waiting} bytes wait for it`;
    this.#waiting += bytes.length;
    this.#stream.write(bytes, () => {
      this.#waiting -= bytes.length;
    });
    return null;
  }
}
