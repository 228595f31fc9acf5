import type { ServerResponse } from "node:http";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Capacity } from "../connections/capacity.ts";
import { inSlices } from "../in_slices.ts";
import { Problem } from "../problem.ts";
import { tooManyStreams } from "../problems.ts";
import { type EventBytes, eventBytes } from "./bytes.ts";
import type { CounterEvent, LeavingMessage } from "./messages.ts";
import { EventReader, writeEventHead } from "./reader.ts";
import { counterEvent } from "./state.ts";
import { EventTexts } from "./texts.ts";

/**
 * Server-sent events: after each round one message (`messages.ts`) for each counter that is watched, the same bytes for all
 * who watch it. Whoever is too slow misses some; a node that is too slow tells less often.
 */
export interface EventStreams {
  /** Begins a stream with the state as it is, compressed for a reader that takes it (`zips`). Throws Problem when there are too many. */
  open(counter: string, res: ServerResponse, zips: boolean): void;
  /** Answers as `open` would, without a stream. */
  head(res: ServerResponse, zips: boolean): void;
  /** Sends each reader elsewhere. No stream can be opened any more. */
  end(): void;
}

/** Readers are told something at least this often, in milliseconds, so that no one takes a quiet stream for a dead one. */
const LONGEST_SILENCE = 2000;

interface Channel {
  readonly counter: string;
  readonly readers: Set<EventReader>;
  /** The first second of the counter's history that its readers were not told. */
  nextSecond: number;
}

export function createEventStreams(counting: Counting, clock: Clock, capacity: Capacity): EventStreams {
  const channels = new Map<string, Channel>();
  const texts = new EventTexts(counting, clock);
  let count = 0;
  let publications = 0;
  let sending = false;
  let isDue = false;
  let dismissed = false;
  let ended = false;
  let cancelNext: Cancel = () => {};
  const stopListening = counting.onRound(() => void (counting.ready() || dismissed ? publish() : dismiss()));

  function publish(): void {
    if (sending) isDue = true;
    else if (count > 0) send();
  }

  function send(): void {
    publications += 1;
    sending = true;
    cancelNext();
    cancelNext = clock.after(LONGEST_SILENCE, publish);
    texts.update();
    inSlices(clock, deliveries(), (deliver) => deliver(), sent);
  }

  function sent(): void {
    sending = false;
    if (!isDue) return;
    isDue = false;
    publish();
  }

  function* deliveries(): Iterable<() => void> {
    const current = publications;
    for (const channel of channels.values()) {
      const change = texts.change(newsFor(channel));
      const full = once(() => texts.full(channel.counter));
      for (const reader of channel.readers) if (reader.since < current) yield () => reader.tell(change, full);
    }
  }

  function newsFor(channel: Channel): CounterEvent | null {
    const news = counterEvent(counting, channel.counter, channel.nextSecond);
    channel.nextSecond = endOf(news);
    return news;
  }

  function channelOf(counter: string): Channel {
    const known = channels.get(counter);
    if (known) return known;
    const nextSecond = endOf(counterEvent(counting, counter));
    const channel = { counter, readers: new Set<EventReader>(), nextSecond };
    channels.set(counter, channel);
    return channel;
  }

  function add(counter: string, res: ServerResponse, zips: boolean): void {
    const channel = channelOf(counter);
    changeCount(1);
    if (count === 1) texts.update();
    const reader = new EventReader(res, zips, publications, texts.full(counter));
    channel.readers.add(reader);
    res.on("close", () => remove(channel, reader));
  }

  function remove(channel: Channel, reader: EventReader): void {
    channel.readers.delete(reader);
    if (channel.readers.size === 0) channels.delete(channel.counter);
    changeCount(-1);
    if (count === 0) cancelNext();
  }

  function changeCount(by: number): void {
    count += by;
    counting.watched(count);
  }

  /** Once, when the node begins to leave: whoever comes after that is told at the very end. */
  function dismiss(): void {
    dismissed = true;
    let place = 0;
    const readers = [...channels.values()].flatMap((channel) => [...channel.readers]);
    inSlices(
      clock,
      readers,
      (reader) => reader.dismiss(leaving(place++)),
      () => {},
    );
  }

  return {
    open(counter, res, zips) {
      if (ended || count >= capacity.streams) throw new Problem(tooManyStreams(capacity));
      add(counter, res, zips);
      if (count === 1) cancelNext = clock.after(LONGEST_SILENCE, publish);
    },
    head(res, zips) {
      writeEventHead(res, zips);
      res.end();
    },
    end() {
      ended = true;
      stopListening();
      cancelNext();
      dismiss();
    },
  };
}

/** Readers come back at different times: not all of them at once to the same node. */
function leaving(place: number): EventBytes {
  const message: LeavingMessage = { retry: 500 + 100 * (place % 20) };
  return eventBytes(`retry: ${message.retry}\nevent: leaving\ndata: ${JSON.stringify(message)}\n\n`);
}

function endOf(counter: CounterEvent | null): number {
  return counter === null ? 0 : counter.history.from + counter.history.hits.length;
}

function once<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
