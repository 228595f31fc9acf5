import { clusterState, grouped, nodeBadges, nodeCells, nodesHeading } from "./words.js";

const element = (id) => document.getElementById(id);
const total = element("total");
const state = element("state");
const detail = element("detail");
const heading = element("nodes-heading");
const rows = element("nodes");

/** What the server sent last, and when it came (milliseconds of this page's life). */
let cluster = null;
let heardAt = 0;
/** When the connection was lost; null while there is one. */
let lostAt = null;
let stream = null;

/* ---- The total: it only ever grows, and runs to its new value while the next round is on its way. */

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let target = BigInt(total.textContent.replace(/\D/g, "") || 0);
let known = /\d/.test(total.textContent);
let frame = 0;

function showTotal(value) {
  if (value === null) return;
  const next = BigInt(value);
  if (known && next <= target) return;
  const from = known ? target : next;
  target = next;
  known = true;
  cancelAnimationFrame(frame);
  if (calm.matches || document.hidden) writeTotal(next);
  else run(from, next);
}

function run(from, to) {
  const began = performance.now();
  const length = Math.min(900, (cluster?.interval ?? 1) * 900);
  const step = (now) => {
    const part = Math.min(1, (now - began) / length);
    const eased = BigInt(Math.round(1000 * (1 - (1 - part) ** 3)));
    writeTotal(part === 1 ? to : from + ((to - from) * eased) / 1000n);
    if (part < 1) frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
}

let written = target;

function writeTotal(value) {
  if (value < written) return;
  written = value;
  const text = grouped(value);
  total.textContent = text;
  total.dataset.length = String(Math.min(27, text.length));
}

/* ---- The cluster: words and rows. */

function showState() {
  const now = performance.now();
  const { tone, text } =
    lostAt === null ? clusterState(cluster, (now - heardAt) / 1000) : { tone: "wait", text: lostWords(now) };
  state.dataset.tone = tone;
  setText(state, text);
  setText(detail, lostAt === null ? cluster.storeDetail : "");
}

function lostWords(now) {
  const seconds = Math.round((now - lostAt) / 1000);
  return seconds < 3 ? "Connection lost, trying again." : `Connection lost ${seconds} s ago, trying again.`;
}

function showNodes() {
  const elapsed = (performance.now() - heardAt) / 1000;
  setText(heading, nodesHeading(cluster));
  cluster.nodes.forEach((node, index) => {
    fillRow(rows.rows[index] ?? rows.insertRow(), node, elapsed);
  });
  while (rows.rows.length > cluster.nodes.length) rows.deleteRow(-1);
}

function fillRow(row, node, elapsed) {
  row.dataset.state = node.state;
  nameCell(row, node);
  nodeCells(node, elapsed).forEach(([label, text], index) => {
    const cell = row.cells[index + 1] ?? row.insertCell();
    cell.dataset.label = label;
    setText(cell, text);
  });
}

function nameCell(row, node) {
  const badges = nodeBadges(node, cluster);
  const key = [node.name, ...badges].join("\n");
  if (row.dataset.key === key) return;
  row.dataset.key = key;
  const cell = row.cells[0] ?? row.appendChild(document.createElement("th"));
  cell.scope = "row";
  cell.replaceChildren(span("name", node.name), ...badges.map((badge) => span("badge", badge)));
}

function span(className, text) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

/** Leaves an unchanged text alone, so that a selection in it stays. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/* ---- The connection: a hidden page has none, browsers allow only six to a host. */

const RETRY = 3000;

function connect() {
  stream = new EventSource("/v1/events?counter=visits");
  stream.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    cluster = message.cluster;
    heardAt = performance.now();
    lostAt = null;
    showTotal(message.counter?.value ?? null);
    show();
  };
  stream.onerror = () => {
    lostAt ??= performance.now();
    // The browser tries again by itself, except after an answer that it takes for final.
    if (stream?.readyState === EventSource.CLOSED) setTimeout(reconnect, RETRY);
    show();
  };
}

function disconnect() {
  stream?.close();
  stream = null;
}

function reconnect() {
  disconnect();
  if (!document.hidden) connect();
}

function show() {
  if (cluster === null && lostAt === null) return;
  showState();
  if (cluster !== null) showNodes();
}

document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : reconnect()));
addEventListener("pagehide", disconnect);
setInterval(show, 1000);
reconnect();
