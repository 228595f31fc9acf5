import type { Counting } from "../../../ports/counting.ts";
import type { CounterEvent } from "./messages.ts";
import type { EventReader } from "./reader.ts";
import { counterEvent } from "./state.ts";

/** The readers of one counter. They all get the same messages. */
export class Channel {
  readonly counter: string;
  readonly readers = new Set<EventReader>();
  readonly #counting: Counting;
  /** The first second of the counter's history that was not sent yet. */
  #nextSecond: number;

  constructor(counting: Counting, counter: string) {
    this.#counting = counting;
    this.counter = counter;
    this.#nextSecond = endOf(counterEvent(counting, counter));
  }

  /** The counter, with the part of its history that is new since the last call. Null: it was never counted. */
  takeNews(): CounterEvent | null {
    const news = counterEvent(this.#counting, this.counter, this.#nextSecond);
    this.#nextSecond = endOf(news);
    return news;
  }
}

function endOf(counter: CounterEvent | null): number {
  return counter === null ? 0 : counter.history.from + counter.history.hits.length;
}
