import { html } from "./html.js";
import { counted, rateText } from "./words.js";

/** Seconds that the line covers. */
export const SPAN = 300;
const HEIGHT = 60;
/** Seconds that a point averages (one second's hits alone would be a comb), and seconds between two points. */
const AVERAGED = 7;
const STEP = 3;

/** Hits per second, oldest first, as an area under a line; `from`: the number of the first second, so that points stay where they are. */
export function sparkline({ from, hits }) {
  const points = averages(from, hits);
  const top = Math.max(1, ...points.map(({ rate }) => rate));
  const height = (rate) => round(HEIGHT - 3 - (rate / top) * (HEIGHT - 8));
  const line = points.map(({ second, rate }) => `${SPAN - (from + hits.length - 1 - second)} ${height(rate)}`);
  const start = line[0]?.split(" ")[0];
  const area = line.length > 1 && html`<path class="area" d="M${start} ${HEIGHT}L${line.join("L")}V${HEIGHT}Z"/>`;
  return html`<svg class="spark" viewBox="0 0 ${SPAN} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label(hits, top)}">${area}${area && html`<path class="line" d="M${line.join("L")}"/>`}</svg>`;
}

function label(hits, top) {
  return `Hits per second over the last ${counted(Math.max(1, Math.round(hits.length / 60)), "minute")}, at most ${rateText(top)}`;
}

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

function round(units) {
  return Math.round(units * 10) / 10;
}
