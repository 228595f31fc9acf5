import type { ServerResponse } from "node:http";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Capacity } from "../connections/capacity.ts";
import { inSlices } from "../in_slices.ts";
import { Problem } from "../problem.ts";
import { tooManyStreams } from "../problems.ts";
import { type EventBytes, eventBytes } from "./bytes.ts";
import { Channel } from "./channel.ts";
import type { LeavingMessage } from "./messages.ts";
import { EventReader, writeEventHead } from "./reader.ts";
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
  readonly #capacity: Capacity;
  readonly #texts: EventTexts;
  readonly #channels = new Map<string, Channel>();
  readonly #stopListening: () => void;
  /** Readers in all channels. */
  #readers = 0;
  #publications = 0;
  #isSending = false;
  /** There was a round while the message of an earlier one was still being sent. */
  #isDue = false;
  #wereDismissed = false;
  #ended = false;
  #cancelNext: Cancel = () => {};

  constructor(counting: Counting, clock: Clock, capacity: Capacity) {
    this.#counting = counting;
    this.#clock = clock;
    this.#capacity = capacity;
    this.#texts = new EventTexts(counting, clock);
    this.#stopListening = counting.onRound(() => this.#onRound());
  }

  /** Begins a stream with the present state. `zips`: compressed. Throws Problem if there are too many streams. */
  open(counter: string, res: ServerResponse, zips: boolean): void {
    if (this.#ended || this.#readers >= this.#capacity.streams) throw new Problem(tooManyStreams(this.#capacity));
    const channel = this.#channelOf(counter);
    this.#changeReaders(1);
    if (this.#readers === 1) {
      this.#texts.update();
      this.#publishLater();
    }
    const reader = new EventReader(res, zips, this.#publications, this.#texts.full(counter));
    channel.readers.add(reader);
    res.on("close", () => this.#remove(channel, reader));
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
    else if (this.#readers > 0) this.#send();
  }

  #send(): void {
    this.#publications += 1;
    this.#isSending = true;
    this.#publishLater();
    this.#texts.update();
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
      for (const reader of channel.readers) if (reader.since < current) yield () => reader.send(change, full);
    }
  }

  #channelOf(counter: string): Channel {
    const channel = this.#channels.get(counter) ?? new Channel(this.#counting, counter);
    this.#channels.set(counter, channel);
    return channel;
  }

  #remove(channel: Channel, reader: EventReader): void {
    channel.readers.delete(reader);
    if (channel.readers.size === 0) this.#channels.delete(channel.counter);
    this.#changeReaders(-1);
    if (this.#readers === 0) this.#cancelNext();
  }

  #changeReaders(by: number): void {
    this.#readers += by;
    this.#counting.watched(this.#readers);
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
