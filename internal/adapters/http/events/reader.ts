import type { ServerResponse } from "node:http";
import { type EventBytes, streamStart } from "./bytes.ts";

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  // Asks nginx not to buffer events.
  "X-Accel-Buffering": "no",
};
const ZIPPED_HEADERS = { ...HEADERS, "Content-Encoding": "gzip" };

/** How long a browser waits before it opens a lost stream again. */
const RETRY_MS = 2000;
const START = streamStart(`retry: ${RETRY_MS}\n`);

/** `zips`: the stream is compressed. */
export function writeEventHead(res: ServerResponse, zips: boolean): void {
  // Without chunks, readers can share the bytes of an event. The stream ends with its connection.
  res.useChunkedEncodingByDefault = false;
  res.writeHead(200, zips ? ZIPPED_HEADERS : HEADERS);
}

/** One reader of a stream. What it has not read is bounded: one message, the sum over all readers (`StreamBounds`), and the buffers of the system. */
export class EventReader {
  readonly #res: ServerResponse;
  readonly #kind: keyof EventBytes;
  /** It has missed a message, so its next one must be `full`. */
  #behind = false;
  /** The newest publication when this reader came. Its first message contains it. */
  readonly since: number;

  constructor(res: ServerResponse, zips: boolean, since: number, first: EventBytes) {
    this.#res = res;
    this.#kind = zips ? "zipped" : "plain";
    this.since = since;
    writeEventHead(res, zips);
    res.write(START[this.#kind]);
    res.write(first[this.#kind]);
  }

  /** Sends a message. A reader that has not read the one before misses it, and gets a `full` one later. */
  send(change: EventBytes, full: () => EventBytes): void {
    if (this.#res.writableEnded) return;
    if (this.#res.writableLength > 0) {
      this.#behind = true;
      return;
    }
    this.#res.write((this.#behind ? full() : change)[this.#kind]);
    this.#behind = false;
  }

  /** Bytes that wait in this process until the reader takes them. */
  get unsentBytes(): number {
    return this.#res.writableLength;
  }

  /** Closes the connection at once. A browser opens the stream again. */
  drop(): void {
    this.#res.destroy();
  }

  /** Asks the reader to go to another node, and ends the stream. */
  dismiss(leaving: EventBytes): void {
    if (!this.#res.writableEnded) this.#res.end(leaving[this.#kind]);
  }
}
