import type { Writable } from "node:stream";
import { MAX_MESSAGE_BYTES } from "./peer_connection.ts";

/** Limit for a peer that reads slowly: many rounds, and small enough for a leader of a thousand nodes. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Writes messages to a stream and limits the bytes that wait to be sent. */
export class BoundedWriter {
  readonly #stream: Writable;
  #waiting = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Returns why the stream must end; null if the message was written. */
  write(bytes: Buffer): string | null {
    if (bytes.length > MAX_MESSAGE_BYTES)
      return `a message of ${bytes.length} bytes is over the limit of ${MAX_MESSAGE_BYTES}`;
    if (this.#waiting > MAX_WAITING_BYTES) return `the peer reads too slowly: ${this.#waiting} bytes are waiting`;
    this.#waiting += bytes.length;
    this.#stream.write(bytes, () => {
      this.#waiting -= bytes.length;
    });
    return null;
  }
}
