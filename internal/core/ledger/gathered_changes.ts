import type { KeptDays } from "../days/kept_days.ts";
import { ByteReader, ByteWriter } from "./byte_records.ts";
import { JoinedNames } from "./joined_names.ts";
import { RegionNames } from "./region_names.ts";
import { applyCounter } from "./round_change.ts";
import type { RoundReader } from "./round_encoding.ts";
import { readTotal } from "./total_records.ts";
import type { Totals } from "./totals.ts";

/** Bytes that are gathered before they are applied. */
const MOST_BYTES = 8_000_000;

/**
 * Changes of rounds, gathered to be applied page by page. A round has counters of a thousand pages, which are far from each other in memory. So
 * round by round, most of the time would be spent on waiting for memory.
 *
 * A change is one record; numbers are unsigned LEB128: where the record before it of the same page begins plus 1, or 0 if there is none; the
 * counter's name, and its total (`writeTotal`); the version of the deletion that its hits come after, the number of its hours, and for each the
 * hour and its hits.
 */
export class GatheredChanges {
  #records = new ByteWriter();
  /** Where the last record of each page begins, plus 1. */
  readonly #last = new Map<number, number>();
  readonly #regions = new RegionNames();

  /** They should be applied, before they take more memory. */
  get isFull(): boolean {
    return this.#records.size > MOST_BYTES;
  }

  /** Adds what a round says of the pages that lack it. Returns these pages. */
  add(round: RoundReader, pageOf: (counter: string) => number, lacks: (page: number) => boolean): Set<number> {
    const lacking = new Set<number>();
    for (let place = 0; place < round.counters.length; place++) {
      const page = pageOf(round.counters[place] as string);
      if (!lacks(page)) continue;
      lacking.add(page);
      const at = this.#records.size;
      this.#write(round, place, this.#last.get(page) ?? 0);
      this.#last.set(page, at + 1);
    }
    return lacking;
  }

  #write(round: RoundReader, place: number, before: number): void {
    const counter = round.counters[place] as string;
    const hits = round.hours.hits[place] ?? [];
    this.#records.number(before);
    this.#records.text(counter);
    round.copyTotal(place, this.#records, this.#regions);
    this.#records.number(round.cuts.get(counter)?.version ?? 0);
    this.#records.number(hits.length / 2);
    for (const number of hits) this.#records.number(number);
  }

  /** Applies all of them, page by page: a step for each. */
  *apply(totals: Totals, days: KeptDays): Generator<void> {
    const reader = new ByteReader("gathered changes", this.#records.bytes);
    for (const last of this.#last.values()) {
      this.#applyPage(last, reader, totals, days);
      yield;
    }
    this.#records = new ByteWriter();
    this.#last.clear();
  }

  #applyPage(last: number, reader: ByteReader, totals: Totals, days: KeptDays): void {
    const names = new JoinedNames();
    const bodies: number[] = [];
    for (let next = last; next > 0; ) {
      reader.at = next - 1;
      next = reader.number();
      names.take(reader);
      bodies.push(reader.at);
    }
    const counters = names.split();
    for (let i = bodies.length - 1; i >= 0; i--) {
      reader.at = bodies[i] as number;
      const counter = counters[i] as string;
      applyCounter(totals, counter, readTotal(reader, this.#regions.names));
      applyHits(days, counter, reader);
    }
  }
}

function applyHits(days: KeptDays, counter: string, reader: ByteReader): void {
  const cut = reader.number();
  for (let left = reader.number(); left > 0; left--) days.raise(counter, reader.number(), reader.number(), cut);
}
