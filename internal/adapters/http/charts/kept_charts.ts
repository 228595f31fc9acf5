import { gzipSync } from "node:zlib";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { BoundedMap } from "../bounded_map.ts";
import type { Period } from "../history/history_query.ts";
import { type ChartSize, chartlessSvg, chartSvg } from "./chart_svg.ts";
import { hitsChart } from "./hits_chart.ts";

/** A chart may be this old: a cluster without a leader has no rounds, and the newest hour begins all the same. */
const MAX_AGE_MS = 1000;

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
 * The charts of this round. Each is drawn once, however many people look at it: a chart of 400 days takes some milliseconds, in which a hit would wait.
 */
export class KeptCharts {
  readonly #counting: Counting;
  readonly #clock: Clock;
  readonly #charts = new BoundedMap<SentText>();
  #since = 0;

  constructor(counting: Counting, clock: Clock) {
    this.#counting = counting;
    this.#clock = clock;
    counting.onRound(() => this.#charts.clear());
  }

  chart(counter: string, by: Period, size: ChartSize): SentText {
    const now = this.#clock.monotonic();
    if (now - this.#since >= MAX_AGE_MS) {
      this.#charts.clear();
      this.#since = now;
    }
    const key = `${counter} ${by} ${size}`;
    const known = this.#charts.get(key);
    if (known !== undefined) return known;
    const chart = new SentText(this.#draw(counter, by, size));
    this.#charts.set(key, chart);
    return chart;
  }

  /** An image has no words of its own for problems, and a page that has it must not look broken. */
  #draw(counter: string, by: Period, size: ChartSize): string {
    const chart = hitsChart(this.#counting, counter, by, this.#clock.wall());
    return typeof chart === "string"
      ? chartlessSvg("The hits by hour are not known here yet. Reload this page in a minute.", size)
      : chartSvg(chart, size);
  }
}
