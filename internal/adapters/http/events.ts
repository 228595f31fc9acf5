import type { ServerResponse } from "node:http";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import { clusterJson, MOST_LISTED } from "./cluster_json.ts";
import { Problem } from "./problem.ts";
import { tooManyStreams } from "./refusals.ts";
import { readingJson } from "./totals_json.ts";

/** Server-sent events: after each round one message with the counter and the cluster, the same bytes for every stream of a counter. */
export interface EventStreams {
  /** Begins a stream with the state as it is. Throws Problem when there are too many. */
  open(counter: string, res: ServerResponse): void;
  /** Answers as `open` would, without a stream. */
  head(res: ServerResponse): void;
  /** Sends each stream a last event and ends it. None can be opened any more. */
  end(): void;
}

const MOST_STREAMS = 2000;
const HEARTBEAT = 15_000;
/** A reader that is this many bytes behind will not catch up: it is dropped, and its browser comes back by itself. */
const MOST_BUFFERED = 1024 * 1024;
/** Milliseconds until a browser comes back. */
const RETRY = 2000;

const EVENT_STREAM_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  // Asks nginx not to hold events back.
  "X-Accel-Buffering": "no",
};

export function createEventStreams(counting: Counting, clock: Clock): EventStreams {
  const streams = new Map<string, Set<ServerResponse>>();
  let count = 0;
  let ended = false;
  let heartbeat: Cancel = () => {};
  const stopListening = counting.onRound(() => {
    if (count > 0) publish();
  });

  function publish(): void {
    const cluster = clusterText();
    for (const [counter, readers] of streams) broadcast(readers, message(counter, cluster));
  }

  function clusterText(): string {
    return JSON.stringify(clusterJson(counting, clock, MOST_LISTED));
  }

  function message(counter: string, cluster: string): Buffer {
    const reading = counting.read(counter);
    const counterText = JSON.stringify(reading === undefined ? null : readingJson(reading));
    const version = counting.cluster().ledger?.version ?? 0;
    return Buffer.from(`id: ${version}\ndata: {"counter":${counterText},"cluster":${cluster}}\n\n`);
  }

  function beat(): void {
    if (count === 0) return;
    heartbeat = clock.after(HEARTBEAT, beat);
    for (const readers of streams.values()) broadcast(readers, Buffer.from(":\n\n"));
  }

  function restartHeartbeat(): void {
    heartbeat();
    heartbeat = clock.after(HEARTBEAT, beat);
  }

  function remove(counter: string, res: ServerResponse): void {
    const readers = streams.get(counter);
    if (!readers?.delete(res)) return;
    count -= 1;
    if (readers.size === 0) streams.delete(counter);
  }

  return {
    open(counter, res) {
      if (ended || count >= MOST_STREAMS) throw new Problem(tooManyStreams(MOST_STREAMS));
      const readers = streams.get(counter) ?? new Set();
      streams.set(counter, readers.add(res));
      count += 1;
      if (count === 1) restartHeartbeat();
      res.on("close", () => remove(counter, res));
      res.writeHead(200, EVENT_STREAM_HEADERS);
      res.write(`retry: ${RETRY}\n`);
      res.write(message(counter, clusterText()));
    },
    head: (res) => void res.writeHead(200, EVENT_STREAM_HEADERS).end(),
    end() {
      ended = true;
      stopListening();
      heartbeat();
      for (const readers of streams.values()) {
        for (const res of readers) res.end("event: end\ndata: this node is leaving\n\n");
      }
    },
  };
}

function broadcast(readers: ReadonlySet<ServerResponse>, bytes: Buffer): void {
  for (const res of readers) {
    if (res.writableLength > MOST_BUFFERED) res.destroy();
    else res.write(bytes);
  }
}
