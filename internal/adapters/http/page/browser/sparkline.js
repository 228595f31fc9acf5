import { counted, rateText } from "./format.js";
import { html } from "./html.js";

/** @import { History } from "../../events/messages.ts" */

/** Seconds that the line covers. */
const SPAN = 300;
const HEIGHT = 60;
const BASE = HEIGHT - 5;
const TICKS = [0, 60, 120, 180, 240, 300].map((second) => `M${second} ${BASE}v5`).join("");
/** Seconds that a point averages, because single seconds would make a comb, and seconds between two points. */
const AVERAGED = 7;
const STEP = 3;

/**
 * Hits per second as an area under a line, above an axis with a tick for each minute.
 *
 * @param {History} history `from` keeps the points in place while seconds are added
 */
export function sparkline({ from, hits }) {
  const points = averages(from, hits);
  const most = Math.max(0, ...points.map(({ rate }) => rate));
  const line = points.map(({ second, rate }) => {
    const height = BASE - (rate / Math.max(1, most)) * (BASE - 5);
    return `${SPAN - (from + hits.length - 1 - second)} ${tenths(height)}`;
  });
  const start = line[0]?.split(" ")[0];
  const area =
    line.length > 1 &&
    html`<path class="area" d="M${start} ${BASE}L${line.join("L")}V${BASE}Z"/><path class="line" d="M${line.join("L")}"/>`;
  return html`<svg class="spark" viewBox="0 0 ${SPAN} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label(hits, most)}"><path class="axis" d="M0 ${BASE}H${SPAN}${TICKS}"/>${area}</svg>`;
}

/** @type {(hits: readonly number[], most: number) => string} */
function label(hits, most) {
  const minutes = Math.max(1, Math.round(hits.length / 60));
  return `Hits per second over the last ${counted(minutes, "minute")}: ${most === 0 ? "none" : `at most ${rateText(most)}`}`;
}

/** @type {(from: number, hits: readonly number[]) => { second: number, rate: number }[]} */
function averages(from, hits) {
  const points = [];
  for (let at = 0; at < hits.length; at++) {
    const last = at === hits.length - 1;
    if ((from + at) % STEP !== 0 && !last) continue;
    const window = hits.slice(Math.max(0, at - AVERAGED + 1), at + 1);
    points.push({ second: from + at, rate: window.reduce((sum, count) => sum + count, 0) / window.length });
  }
  return points;
}

/** @param {number} units */
function tenths(units) {
  return Math.round(units * 10) / 10;
}
