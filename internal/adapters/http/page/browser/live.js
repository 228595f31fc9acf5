import { writeAges } from "./ages.js";
import { controlMap, controlPause, controlTable } from "./controls.js";
import { figures } from "./figures.js";
import { grouped } from "./format.js";
import { legend, mapMarks, unplaced } from "./map.js";
import { NARROW, WIDE } from "./map_layout.js";
import { merged } from "./model.js";
import { fill } from "./morph.js";
import { isNewRound, showRound } from "./motion.js";
import { summarize } from "./region_summary.js";
import { Status } from "./status.js";
import { EventStream } from "./stream.js";
import { AS_SENT, nodeTable } from "./table.js";
import { Tooltip } from "./tooltip.js";
import { Total } from "./total.js";

/** @import { EventMessage } from "../../events/messages.ts" */
/** @import { LiveView } from "./controls.js" */
/** @import { PageModel } from "./model.js" */
/** @import { RegionSummary } from "./region_summary.js" */

/** @param {string} id of an element that the server always sends */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const map = element("map");
const status = new Status(main);
const total = new Total(element("total"));
const tooltip = new Tooltip(
  map,
  element("tooltip"),
  () => model,
  (name) => regions.find(({ region }) => region === name),
);
/** As in map.css. */
const narrow = matchMedia("(max-width: 46rem)");
/** @type {LiveView} */
const view = { ...AS_SENT, expanded: new Set(), whole: new Set(), live: true };

/**
 * Made of all messages so far; null: none has arrived.
 *
 * @type {PageModel | null}
 */
let model = null;
/** @type {readonly RegionSummary[]} */
let regions = [];
/** When the page was last drawn, in milliseconds since it was opened, like `behindSince`. */
let drawnAt = 0;
/**
 * Since when the node's total has been less than the number on the page; null: it is not. Another node may be a round behind for a moment. A restored
 * store stays behind.
 *
 * @type {number | null}
 */
let behindSince = null;
const BEHIND_TOLERANCE_MS = 5000;
/** Longest time in which the total runs to a new value. */
const LONGEST_RUN_MS = 10_000;

const stream = new EventStream(main.dataset.counter ?? "", {
  message: (data) => visibly(() => hear(JSON.parse(data))),
  lost() {
    status.lost();
    drawState();
  },
  resumed() {
    status.resumed();
    drawState();
  },
});
stream.start();

controlTable(element("table"), view, redraw);
controlMap(map, view, redraw);
controlPause(element("pause"), (paused) => {
  status.pause(paused);
  if (!paused && model !== null) total.hear(model.counter.said, 1000);
  drawState();
});
narrow.addEventListener("change", redraw);
setInterval(() => performance.now() - drawnAt > 950 && redraw(), 1000);

/** @param {EventMessage} message */
function hear(message) {
  const before = model?.cluster;
  model = merged(model, message);
  const { cluster, counter } = model;
  status.heard(model);
  if (status.paused) return;
  const lengthMs = cluster.interval * 1000;
  total.hear(counter.said, Math.min(LONGEST_RUN_MS, lengthMs * 0.95));
  behindSince = total.excess(counter.value) > 0n ? (behindSince ?? performance.now()) : null;
  draw();
  if (before && isNewRound(before, cluster)) showRound(map, Math.min(1500, lengthMs));
}

function redraw() {
  visibly(draw);
}

function draw() {
  if (model === null || status.paused) return drawState();
  drawnAt = performance.now();
  model.elapsed = status.elapsed;
  regions = summarize(model.nodes);
  fill(element("figures"), figures(model, regions));
  fill(element("marks"), mapMarks(regions, narrow.matches ? NARROW : WIDE));
  document.getElementById("marks-narrow")?.remove();
  fill(element("legend"), legend(regions));
  fill(element("unplaced"), unplaced(regions));
  drawTable(element("table"), model);
  tooltip.update();
  drawState();
}

/** @type {(container: HTMLElement, model: PageModel) => void} */
function drawTable(container, model) {
  /** @type {NodeListOf<HTMLElement>} */
  const groups = container.querySelectorAll("tbody[data-stamp]");
  view.drawn = new Map([...groups].map(({ dataset: { key = "", stamp = "" } }) => [key, stamp]));
  fill(container, nodeTable(model, regions, view));
  writeAges(container, model, regions);
}

let failed = false;

/**
 * Makes a change to the page. If it fails, the page says so, and the console says why, once.
 *
 * @param {() => void} change
 */
function visibly(change) {
  try {
    status.failed(false);
    change();
    failed = false;
  } catch (error) {
    status.failed(true);
    drawState();
    if (!failed) reportError(error);
    failed = true;
  }
}

function drawState() {
  const behind = behindSince !== null && performance.now() - behindSince > BEHIND_TOLERANCE_MS;
  status.draw(behind && model !== null ? behindText(model) : "");
}

/** @param {PageModel} model */
function behindText({ counter }) {
  const excess = grouped(total.excess(counter.value));
  return `This page has shown ${excess} more hits than this node knows of, and it never counts down. Reload it to see the node's own number.`;
}
