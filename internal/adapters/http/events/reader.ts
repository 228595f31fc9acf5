import type { ServerResponse } from "node:http";
import { type EventBytes, streamStart } from "./bytes.ts";

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  // Asks nginx not to hold events back.
  "X-Accel-Buffering": "no",
};
const ZIPPED_HEADERS = { ...HEADERS, "Content-Encoding": "gzip" };

/** Milliseconds until a browser that lost its stream comes back. */
const RETRY = 2000;
const START = streamStart(`retry: ${RETRY}\n`);

/** `zips`: what follows is `zipped`. */
export function writeEventHead(res: ServerResponse, zips: boolean): void {
  // The stream ends with its connection: chunks would only make every reader's copy of an event differ from the shared bytes.
  res.useChunkedEncodingByDefault = false;
  res.writeHead(200, zips ? ZIPPED_HEADERS : HEADERS);
}

/** One reader of a stream. What it has not read is bounded: one message, and what the system buffers. */
export class EventReader {
  readonly #res: ServerResponse;
  readonly #kind: keyof EventBytes;
  /** Did not get every message: the next one has to have everything. */
  #behind = false;
  /** The publication that was newest when this reader came; what it began with has all of that. */
  readonly since: number;

  constructor(res: ServerResponse, zips: boolean, since: number, first: EventBytes) {
    this.#res = res;
    this.#kind = zips ? "zipped" : "plain";
    this.since = since;
    writeEventHead(res, zips);
    res.write(START[this.#kind]);
    res.write(first[this.#kind]);
  }

  /** A reader that has not read its last message misses this one, and gets a `full` one when it has. */
  tell(change: EventBytes, full: () => EventBytes): void {
    if (this.#res.writableEnded) return;
    if (this.#res.writableLength > 0) {
      this.#behind = true;
      return;
    }
    this.#res.write((this.#behind ? full() : change)[this.#kind]);
    this.#behind = false;
  }

  /** Sends it to another node. */
  dismiss(leaving: EventBytes): void {
    if (!this.#res.writableEnded) this.#res.end(leaving[this.#kind]);
  }
}
