import { grouped } from "../page/browser/format.js";
import { clockText, dayText, ticksOf } from "./chart_times.ts";
import { type HitsChart, isKept, PERIODS, type Series } from "./hits_chart.ts";

/** Width and height of a chart, in pixels. A page scales it to its own width, and its texts with it: no text gets smaller than 9 pixels. */
export const SIZES = {
  wide: { width: 925, height: 225 },
  medium: { width: 576, height: 220 },
  narrow: { width: 340, height: 210 },
} as const;
export type ChartSize = keyof typeof SIZES;

const TOP = 30;
const BOTTOM = 44;
/** Bars that are narrower than this have no gap between them. */
const GAP_FROM = 3;

/** Colours as on the page (`page.css`). */
export const CHART_STYLE = `text{font:12px system-ui,sans-serif;fill:#5a6670}.y{stroke:#f7f6f2;stroke-width:4;paint-order:stroke}.g{stroke:#e0ddd3}.n{fill:#e0ddd3;opacity:.45}.hits{fill:#0f6f63}
use,.of{stroke-width:2}path:not(.hits,.g){fill:none;stroke-linejoin:round}.halo{stroke:#f7f6f2;stroke-width:5}.visits{stroke:#15202b}.visitors{stroke:#4a45c9;stroke-dasharray:6 3}.bots{stroke:#9a6208;stroke-dasharray:2 3}
@media(prefers-color-scheme:dark){text{fill:#94a1ab}.y{stroke:#0d1217}.g{stroke:#222c34}.n{fill:#222c34}.hits{fill:#62d2ba}.halo{stroke:#0d1217}.visits{stroke:#eef2f4}.visitors{stroke:#a9a5ff}.bots{stroke:#f0b54a}}`;

/** The chart as an SVG, in ASCII. */
export function chartSvg(chart: HitsChart, size: ChartSize): string {
  const { width, height } = SIZES[size];
  const [hits] = chart.series;
  const numbers = hits?.numbers ?? [];
  const most = Math.max(0, ...chart.series.flatMap((one) => one.numbers));
  const plot = { width, step: width / numbers.length, top: TOP, bottom: height - BOTTOM, full: roundedUp(most) };
  const parts = [
    unkept(chart, plot),
    ...levelsOf(plot).map((level) => gridLine(level, plot)),
    bars(numbers, plot),
    ...chart.series.slice(1).map((series) => line(series, plot)),
    ...levelsOf(plot).map((level) => levelLabel(level, plot)),
    ...ticksOf(chart, size !== "narrow").map(({ at, text }) => tick(at, text, plot)),
    legend(chart.series, width),
    note(chart, height),
  ];
  return svg(width, height, chartWords(chart), parts.join(""));
}

/** A picture in place of a chart that cannot be drawn now. */
export function chartlessSvg(words: string, size: ChartSize): string {
  const { width, height } = SIZES[size];
  return svg(width, height, words, `<text x="0" y="${height / 2}">${words}</text>`);
}

/** What the chart shows, in one sentence. */
export function chartWords({ counter, by, series }: HitsChart): string {
  const parts = series.map(({ title, numbers }) => {
    const sum = numbers.reduce((total, number) => total + number, 0);
    return `${grouped(BigInt(sum))} ${sum === 1 ? title.toLowerCase().replace(/s$/, "") : title.toLowerCase()}`;
  });
  const periods = by === "hour" ? `${PERIODS.hour} hours` : `${series[0]?.numbers.length} days`;
  return `${counter}: ${parts.join(", ")} in ${periods}`;
}

interface Plot {
  readonly width: number;
  /** Width of a period. */
  readonly step: number;
  readonly top: number;
  readonly bottom: number;
  /** The number at the top. */
  readonly full: number;
}

function svg(width: number, height: number, words: string, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${words}"><title>${words}</title><style>${CHART_STYLE}</style>${body}</svg>`;
}

/** The next whole number of one or two digits with zeros after them: 1, 2, 3, 12, 250. */
function roundedUp(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  const found = FACTORS.map((factor) => factor * power).find((full) => full >= most && Number.isInteger(full));
  return found ?? most;
}

const FACTORS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

function heightOf(number: number, { top, bottom, full }: Plot): number {
  return (number / full) * (bottom - top);
}

/** Numbers with a line across the chart. */
function levelsOf({ full }: Plot): number[] {
  return full % 2 === 0 ? [0, full / 2, full] : [0, full];
}

function gridLine(level: number, plot: Plot): string {
  return `<path class="g" d="M0 ${levelHeight(level, plot)}H${plot.width}"/>`;
}

/** Over the bars, with a ground of its own. */
function levelLabel(level: number, plot: Plot): string {
  if (level === 0) return "";
  return `<text class="y" x="0" y="${tenth(levelHeight(level, plot) - 4)}">${grouped(BigInt(level))}</text>`;
}

function levelHeight(level: number, plot: Plot): number {
  return tenth(plot.bottom - heightOf(level, plot));
}

/** All bars as one path: 400 elements would take ten times as many bytes. A period with few hits shows, too. */
function bars(numbers: readonly number[], plot: Plot): string {
  const gap = plot.step >= GAP_FROM ? 1 : 0;
  const wide = tenth(plot.step - gap);
  const path = numbers.map((number, at) => {
    if (number === 0) return "";
    const high = tenth(Math.max(1, heightOf(number, plot)));
    return `M${tenth(at * plot.step)} ${plot.bottom}v-${high}h${wide}v${high}z`;
  });
  return `<path class="hits" d="${path.join("")}"/>`;
}

/** With a ground around it, or it could not be told from the bars behind it. */
function line({ kind, numbers }: Series, plot: Plot): string {
  const points = numbers.map(
    (number, at) => `${tenth((at + 0.5) * plot.step)} ${tenth(plot.bottom - heightOf(number, plot))}`,
  );
  return `<defs><path id="${kind}" d="M${points.join("L")}"/></defs><use href="#${kind}" class="halo"/><use href="#${kind}" class="${kind}"/>`;
}

/** A grey ground where nothing was kept: no bar there does not mean that there were no hits. */
function unkept(chart: HitsChart, { step, top, bottom }: Plot): string {
  const count = (chart.series[0]?.numbers ?? []).findIndex((_, at) => isKept(chart, at));
  const width = tenth((count === -1 ? (chart.series[0]?.numbers.length ?? 0) : count) * step);
  return width === 0 ? "" : `<rect class="n" y="${top}" width="${width}" height="${bottom - top}"/>`;
}

/** A label that reaches over the right end would be cut off. */
function tick(at: number, text: string, { step, bottom, width }: Plot): string {
  const x = tenth(at * step);
  return x + text.length * LETTER > width ? "" : `<text x="${x}" y="${bottom + 16}">${text}</text>`;
}

/** About the width of a letter, in pixels. */
const LETTER = 7;

/** In the order of the series, each in its colour. One series needs no names. */
function legend(series: readonly Series[], width: number): string {
  if (series.length === 1) return "";
  let end = width;
  const entries = series.toReversed().map(({ kind, title }) => {
    const x = end - 19 - title.length * LETTER;
    end = x - 16;
    const sample =
      kind === "hits" ? `<path class="hits" d="M${x} 4h14v8h-14z"/>` : `<path class="${kind} of" d="M${x} 8h14"/>`;
    return `${sample}<text x="${x + 19}" y="12">${title}</text>`;
  });
  return entries.join("");
}

function note({ since }: HitsChart, height: number): string {
  const kept = since === null ? "No hits are kept yet" : `Kept since ${dayText(since)}, ${clockText(since)}`;
  return `<text x="0" y="${height - 5}">${kept}. All times are UTC.</text>`;
}

function tenth(number: number): number {
  return Math.round(number * 10) / 10;
}
