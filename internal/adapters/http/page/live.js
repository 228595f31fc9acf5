import { Announcer } from "./announcer.js";
import { clusterState } from "./cluster_state.js";
import { controlMap, controlPause, controlTable } from "./controls.js";
import { figures } from "./figures.js";
import { mapMarks, unplaced } from "./map.js";
import { merged } from "./model.js";
import { fill } from "./morph.js";
import { showRound } from "./motion.js";
import { summarize } from "./region_summary.js";
import { follow } from "./stream.js";
import { AS_SENT, nodeTable } from "./table.js";
import { Tooltip } from "./tooltip.js";
import { Total } from "./total.js";
import { duration, grouped } from "./words.js";

const element = (id) => document.getElementById(id);
const main = document.querySelector("main");
const map = element("map");
const total = new Total(element("total"));
const announcer = new Announcer(element("announcement"));
const tooltip = new Tooltip(map, element("tooltip"), (region) => regions.find((one) => one.region === region));
const view = { ...AS_SENT, expanded: new Set(), live: true };

/** What was heard last; null: nothing yet. */
let model = null;
let regions = [];
/** All in milliseconds of this page's life: when `model` was heard, when the connection was lost (null: it is there), and the last drawing. */
let heardAt = 0;
let lostAt = null;
let drawnAt = 0;
/** No word since the page was shown again. */
let resuming = false;
let pausedAt = null;
/** Since when the node's total has been less than what the page has shown: another node may be a round behind; a restored store stays so. */
let behindSince = null;
const PATIENCE = 5000;

follow(main.dataset.counter, {
  heard(message) {
    model = merged(model, message);
    heardAt = performance.now();
    lostAt = null;
    resuming = false;
    if (pausedAt !== null) return;
    behindSince = total.excess(model.counter.value) > 0n ? (behindSince ?? heardAt) : null;
    const length = model.cluster.interval * 1000;
    total.moveTo(model.counter.value, Math.min(1500, length * 0.95));
    draw();
    showRound(map, Math.min(1500, length));
  },
  lost() {
    lostAt ??= performance.now();
    drawState();
  },
  resumed() {
    resuming = true;
    drawState();
  },
});

controlTable(element("table"), view, draw);
controlMap(map, view, draw);
controlPause(element("pause"), (paused) => {
  pausedAt = paused ? new Date() : null;
  main.classList.toggle("paused", paused);
  if (!paused && model !== null) total.moveTo(model.counter.value, 1000);
  drawState();
});
setInterval(() => performance.now() - drawnAt > 950 && draw(), 1000);

function draw() {
  if (model === null || pausedAt !== null) return drawState();
  drawnAt = performance.now();
  model.elapsed = (drawnAt - heardAt) / 1000;
  regions = summarize(model.nodes);
  fill(element("figures"), figures(model, regions));
  fill(element("marks"), mapMarks(regions));
  fill(element("unplaced"), unplaced(regions));
  fill(element("table"), nodeTable(model, regions, view));
  tooltip.update();
  drawState();
}

function drawState() {
  const state = currentState();
  if (state === null) return;
  main.dataset.tone = state.tone;
  main.dataset.connection = lostAt === null ? "live" : "lost";
  setText(element("state"), state.text);
  setText(element("detail"), detail());
  announcer.tell(state);
}

function currentState() {
  const now = performance.now();
  if (lostAt !== null) return { key: "lost", tone: "wait", text: lostWords((now - lostAt) / 1000) };
  if (pausedAt !== null)
    return { key: "paused", tone: "still", text: `Paused by you at ${time(pausedAt)}. Counting goes on.` };
  if (resuming) return { key: "resuming", tone: "still", text: "Catching up." };
  return model && clusterState(model.cluster, (now - heardAt) / 1000);
}

function lostWords(seconds) {
  const since = seconds < 2 ? "just now" : `${duration(seconds)} ago`;
  return `This page lost its connection ${since} and is trying again.`;
}

/** The particulars below the state's sentence. */
function detail() {
  if (model === null) return "";
  const now = performance.now();
  if (lostAt !== null) return `The numbers are as of ${time(new Date(Date.now() - now + heardAt))}.`;
  const behind = behindSince !== null && now - behindSince > PATIENCE ? behindWords() : "";
  return `${model.cluster.storeDetail} ${behind}`.trim();
}

function behindWords() {
  const excess = grouped(total.excess(model.counter.value));
  return `This page has shown ${excess} more than this node knows, and does not go back; reload it for the node's own number.`;
}

function time(date) {
  return date.toLocaleTimeString("en-GB");
}

/** Leaves an unchanged text alone, so that a selection in it stays. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
