import type { ServerResponse } from "node:http";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Capacity } from "../connections/capacity.ts";
import { inSlices } from "../in_slices.ts";
import { Problem } from "../problem.ts";
import { draining } from "../problems.ts";
import { type EventBytes, eventBytes } from "./bytes.ts";
import { Channel } from "./channel.ts";
import type { LeavingMessage } from "./messages.ts";
import { EventReader, writeEventHead } from "./reader.ts";
import { StreamBounds } from "./stream_bounds.ts";
import { EventTexts } from "./texts.ts";

/** Longest time between two messages, so that a quiet stream is not taken for a dead one, in milliseconds. */
const LONGEST_SILENCE_MS = 2000;

/**
 * Server-sent events. After each round there is one message (`messages.ts`) for each counter that is watched; all its readers get
 * the same bytes. A reader that is too slow misses messages. A node that is too slow sends fewer.
 */
export class EventStreams {
  readonly #counting: Counting;
  readonly #clock: Clock;
  readonly #bounds: StreamBounds;
  readonly #texts: EventTexts;
  readonly #channels = new Map<string, Channel>();
  readonly #stopListening: () => void;
  #publications = 0;
  #isSending = false;
  /** There was a round while the message of an earlier one was still being sent. */
  #isDue = false;
  #wereDismissed = false;
  #ended = false;
  #cancelNext: Cancel = () => {};

  constructor(counting: Counting, clock: Clock, capacity: Capacity, maxUnsentBytes?: number) {
    this.#counting = counting;
    this.#clock = clock;
    this.#bounds = new StreamBounds(capacity, maxUnsentBytes);
    this.#texts = new EventTexts(counting, clock);
    this.#stopListening = counting.onRound(() => this.#onRound());
  }

  /**
   * Begins a stream with the present state. `zips`: compressed. `address`: the reader's, which bounds it; null: it does not. Throws Problem if there are too many
   * streams.
   */
  open(counter: string, res: ServerResponse, zips: boolean, address: string | null): void {
    if (this.#ended) throw new Problem(draining());
    const release = this.#bounds.take(address);
    const channel = this.#channelOf(counter);
    this.#counting.watched(this.#bounds.open);
    if (this.#bounds.open === 1) {
      this.#texts.update();
      this.#publishLater();
    }
    const reader = new EventReader(res, zips, this.#publications, this.#texts.full(counter));
    this.#bounds.mayKeep(reader.unsentBytes);
    channel.readers.add(reader);
    res.on("close", () => {
      release();
      this.#remove(channel, reader);
    });
  }

  /** Responds with the headers of a stream. */
  head(res: ServerResponse, zips: boolean): void {
    writeEventHead(res, zips);
    res.end();
  }

  /** Sends each reader to another node. No stream can be opened afterwards. */
  end(): void {
    this.#ended = true;
    this.#stopListening();
    this.#cancelNext();
    this.#dismiss();
  }

  /** Readers are dismissed once, when the node begins to leave. Later readers stay until the end: they came in spite of it. */
  #onRound(): void {
    if (this.#counting.ready() || this.#wereDismissed) this.#publish();
    else this.#dismiss();
  }

  #publish(): void {
    if (this.#isSending) this.#isDue = true;
    else if (this.#bounds.open > 0) this.#send();
  }

  #send(): void {
    this.#publications += 1;
    this.#isSending = true;
    this.#publishLater();
    this.#texts.update();
    this.#bounds.forgetBytes();
    inSlices(
      this.#clock,
      this.#deliveries(),
      (deliver) => deliver(),
      () => this.#sent(),
    );
  }

  #publishLater(): void {
    this.#cancelNext();
    this.#cancelNext = this.#clock.after(LONGEST_SILENCE_MS, () => this.#publish());
  }

  #sent(): void {
    this.#isSending = false;
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#publish();
  }

  *#deliveries(): Iterable<() => void> {
    const current = this.#publications;
    for (const channel of this.#channels.values()) {
      const change = this.#texts.change(channel.takeNews());
      const full = once(() => this.#texts.full(channel.counter));
      for (const reader of channel.readers) if (reader.since < current) yield () => this.#deliver(reader, change, full);
    }
  }

  #deliver(reader: EventReader, change: EventBytes, full: () => EventBytes): void {
    reader.send(change, full);
    if (!this.#bounds.mayKeep(reader.unsentBytes)) reader.drop();
  }

  #channelOf(counter: string): Channel {
    const channel = this.#channels.get(counter) ?? new Channel(this.#counting, counter);
    this.#channels.set(counter, channel);
    return channel;
  }

  #remove(channel: Channel, reader: EventReader): void {
    channel.readers.delete(reader);
    if (channel.readers.size === 0) this.#channels.delete(channel.counter);
    this.#counting.watched(this.#bounds.open);
    if (this.#bounds.open === 0) this.#cancelNext();
  }

  #dismiss(): void {
    this.#wereDismissed = true;
    const readers = [...this.#channels.values()].flatMap((channel) => [...channel.readers]);
    const dismissals = readers.map((reader, place) => () => reader.dismiss(leaving(place)));
    inSlices(
      this.#clock,
      dismissals,
      (dismiss) => dismiss(),
      () => {},
    );
  }
}

/** Readers come back at different times, so that not all of them reach the same node at once. */
function leaving(place: number): EventBytes {
  const message: LeavingMessage = { retry: 500 + 100 * (place % 20) };
  return eventBytes(`retry: ${message.retry}\nevent: leaving\ndata: ${JSON.stringify(message)}\n\n`);
}

function once<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
