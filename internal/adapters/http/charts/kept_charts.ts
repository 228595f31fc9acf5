import { gzipSync } from "node:zlib";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { BoundedMap } from "../bounded_map.ts";
import type { Period } from "../history/history_query.ts";
import { type ChartSize, chartlessSvg, chartSvg } from "./chart_svg.ts";
import { type HitsChart, hitsChart } from "./hits_chart.ts";

/** A chart is a picture of a moment, and may be this old. The table and the CSV are of the present one. */
const MAX_AGE_MS = 5_000;

/** A text as it is sent. */
export class SentText {
  readonly text: string;
  #zipped: Buffer | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** Compressed at the first request that wants it so. */
  get zipped(): Buffer {
    this.#zipped ??= gzipSync(this.text);
    return this.#zipped;
  }
}

/**
 * The charts of the last moments. Each is drawn once, however many people look at it: to read 400 days of a site takes 20 ms, in which a hit
 * would wait.
 */
export class KeptCharts {
  readonly #counting: Counting;
  readonly #clock: Clock;
  readonly #numbers = new BoundedMap<HitsChart>();
  readonly #charts = new BoundedMap<SentText>();
  #since = 0;

  constructor(counting: Counting, clock: Clock) {
    this.#counting = counting;
    this.#clock = clock;
  }

  chart(counter: string, by: Period, size: ChartSize): SentText {
    this.#forgetOld();
    const key = `${counter} ${by} ${size}`;
    const known = this.#charts.get(key);
    if (known !== undefined) return known;
    const numbers = this.#numbersOf(counter, by);
    // It has no words of its own for problems, and a page that has it must not look broken.
    if (numbers === null) return new SentText(chartlessSvg(NOT_KNOWN, size));
    const chart = new SentText(chartSvg(numbers, size));
    this.#charts.set(key, chart);
    return chart;
  }

  /** All sizes have the same numbers. Null: they are not known yet. */
  #numbersOf(counter: string, by: Period): HitsChart | null {
    const key = `${counter} ${by}`;
    const known = this.#numbers.get(key) ?? hitsChart(this.#counting, counter, by, this.#clock.wall());
    if (typeof known === "string") return null;
    this.#numbers.set(key, known);
    return known;
  }

  #forgetOld(): void {
    const now = this.#clock.monotonic();
    if (now - this.#since < MAX_AGE_MS) return;
    this.#charts.clear();
    this.#numbers.clear();
    this.#since = now;
  }
}

const NOT_KNOWN = "The hits by hour are not known here yet. Reload this page in a minute.";
