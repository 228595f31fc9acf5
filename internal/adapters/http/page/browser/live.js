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
import { follow } from "./stream.js";
import { AS_SENT, nodeTable } from "./table.js";
import { Tooltip } from "./tooltip.js";
import { Total } from "./total.js";

const element = (id) => document.getElementById(id);
const main = document.querySelector("main");
const map = element("map");
const status = new Status(main);
const total = new Total(element("total"));
const tooltip = new Tooltip(map, element("tooltip"), (region) => regions.find((one) => one.region === region));
/** As in map.css. */
const narrow = matchMedia("(max-width: 46rem)");
const view = { ...AS_SENT, expanded: new Set(), whole: new Set(), live: true };

/** What was heard last; null: nothing yet. */
let model = null;
let regions = [];
/** The last drawing, in milliseconds of this page's life. */
let drawnAt = 0;
/** Since when the node's total has been less than what the page has shown: another node may be a round behind; a restored store stays so. */
let behindSince = null;
const PATIENCE = 5000;
/** Longest time in which the total runs to a new value, in milliseconds. */
const LONGEST_RUN = 10_000;

follow(main.dataset.counter, {
  heard: (data) => visibly(() => hear(JSON.parse(data))),
  lost() {
    status.lost();
    drawState();
  },
  resumed() {
    status.resumed();
    drawState();
  },
});

controlTable(element("table"), view, redraw);
controlMap(map, view, redraw);
controlPause(element("pause"), (paused) => {
  status.pause(paused);
  if (!paused && model !== null) total.moveTo(model.counter.value, 1000);
  drawState();
});
narrow.addEventListener("change", redraw);
setInterval(() => performance.now() - drawnAt > 950 && redraw(), 1000);

function hear(message) {
  const before = model?.cluster;
  model = merged(model, message);
  status.heard(model);
  if (status.paused) return;
  behindSince = total.excess(model.counter.value) > 0n ? (behindSince ?? performance.now()) : null;
  const length = model.cluster.interval * 1000;
  total.moveTo(model.counter.value, Math.min(LONGEST_RUN, length * 0.95));
  draw();
  if (before && isNewRound(before, model.cluster)) showRound(map, Math.min(1500, length));
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
  element("marks-narrow")?.remove();
  fill(element("legend"), legend(regions));
  fill(element("unplaced"), unplaced(regions));
  drawTable(element("table"));
  tooltip.update();
  drawState();
}

function drawTable(container) {
  const groups = [...container.querySelectorAll("tbody[data-stamp]")];
  view.drawn = new Map(groups.map(({ dataset }) => [dataset.key, dataset.stamp]));
  fill(container, nodeTable(model, regions, view));
  writeAges(container, model, regions);
}

let failed = false;

/** Does something that changes what is shown. Where it fails the page says so, and the console why, once. */
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
  status.draw(behindSince !== null && performance.now() - behindSince > PATIENCE ? behindWords() : "");
}

function behindWords() {
  const excess = grouped(total.excess(model.counter.value));
  return `This page has shown ${excess} more than this node knows, and does not go back; reload it for the node's own number.`;
}
