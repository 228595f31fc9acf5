// Runs in its own pod inside the cluster. It sends hits at a bounded rate and records what became of each.
// GET /start?url=…&counter=…&rate=…&seconds=…[&committed=yes][&keyed=yes] begins; GET /stop?counter=… ends and answers with the record.
import { randomUUID } from "node:crypto";
import { Agent, createServer, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const TICK_MS = 20;
const MOST_OPEN = 500;
/** Longer than a node waits for a commit. */
const ANSWER_MS = 15_000;
/** Clients with keys are impatient: they ask again long before a node gives up. */
const KEYED_ANSWER_MS = 1_500;
const PAUSE_MS = 100;
/** Half of the clients keep their connection, the others open one for each hit. A rollout affects both kinds. */
const agents = [new Agent({ keepAlive: true, maxSockets: 20 }), new Agent({ keepAlive: false, maxSockets: MOST_OPEN })];
const loads = new Map();

function begin({ url, counter, rate, seconds, committed, keyed }) {
  const outcomes = { acknowledged: 0, refused: 0, unanswered: 0, unsent: 0, duplicates: 0, why: {} };
  const load = { ...outcomes, open: 0, sent: 0, stopped: false };
  const sendOne = keyed ? untilCounted : hit;
  const begun = performance.now();
  const target = new URL(`/v1/counters/${counter}/hits${committed ? "?wait=committed" : ""}`, url);
  const send = () => {
    const elapsed = (performance.now() - begun) / 1000;
    if (load.stopped || elapsed > seconds) return clearInterval(timer);
    const due = Math.floor(elapsed * rate);
    // Hits that were missed during a pause are not sent in one burst.
    load.sent = Math.max(load.sent, due - Math.ceil(rate / 10));
    for (; load.sent < due && load.open < MOST_OPEN; load.sent++) sendOne(load, target);
  };
  // After a pause of this process, it first reads what has arrived: a connection that was closed must not be used again.
  const timer = setInterval(() => setImmediate(send), TICK_MS);
  loads.set(counter, load);
}

function hit(load, url) {
  load.open++;
  let connected = false;
  let settled = false;
  const settle = (what, reason) => {
    if (settled) return;
    settled = true;
    load.open--;
    load[what]++;
    if (reason) note(load, reason);
  };
  const agent = agents[load.sent % agents.length];
  const sending = request(url, { method: "POST", agent, timeout: ANSWER_MS }, (answer) => {
    answer.on("error", () => {});
    if (answer.statusCode !== 200) return void whatItSays(answer).then((what) => settle(what, `${answer.statusCode}`));
    settle("acknowledged");
    answer.resume();
  });
  sending.on("socket", (socket) => {
    if (!socket.connecting) connected = true;
    else socket.once("connect", () => (connected = true));
  });
  sending.on("timeout", () => sending.destroy(new Error("no answer")));
  // Without a connection, the hit was never sent, so nobody can have counted it.
  sending.on("error", (error) => settle(whatFailed(error, connected), `${error.code ?? error.message}`));
  sending.end();
}

/** Sends one hit with a key, again and again until a response says that it is counted. Then it is acknowledged; `why` says why it was sent again. */
async function untilCounted(load, url) {
  load.open++;
  const agent = agents[load.sent % agents.length];
  const headers = { "Idempotency-Key": newKey() };
  for (;;) {
    const { counted, duplicate, reason } = await attempt(url, agent, headers);
    if (duplicate) load.duplicates++;
    if (counted) break;
    note(load, reason);
    await sleep(PAUSE_MS);
  }
  load.acknowledged++;
  load.open--;
}

function attempt(url, agent, headers) {
  return new Promise((resolve) => {
    const sending = request(url, { method: "POST", agent, headers }, async (answer) => {
      const body = await json(answer);
      if (answer.statusCode === 200 && body) resolve({ counted: true, duplicate: body.duplicate });
      else resolve({ counted: false, reason: body ? `${answer.statusCode} ${body.type}` : "the response broke" });
    });
    const timer = setTimeout(() => sending.destroy(new Error("no answer")), KEYED_ANSWER_MS);
    sending.on("close", () => clearTimeout(timer));
    sending.on("error", (error) => resolve({ counted: false, reason: `${error.code ?? error.message}` }));
    sending.end();
  });
}

/** Null if it breaks off. */
async function json(answer) {
  try {
    return JSON.parse(Buffer.concat(await answer.toArray()).toString());
  } catch {
    return null;
  }
}

/** A UUID of version 7. */
function newKey() {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

function note(load, reason) {
  load.why[reason] = (load.why[reason] ?? 0) + 1;
}

/** If DNS does not answer, for example on a busy machine, no request reached the service. */
function whatFailed({ code }, connected) {
  if (code === "EAI_AGAIN") return "unsent";
  return connected ? "unanswered" : "refused";
}

/** A hit that is not committed in time is counted anyway, and its answer says so. */
async function whatItSays(answer) {
  try {
    const text = Buffer.concat(await answer.toArray()).toString();
    return text.includes('"counted":true') ? "acknowledged" : "refused";
  } catch {
    return "unanswered";
  }
}

async function end(counter) {
  const load = loads.get(counter);
  if (!load) throw new Error(`no load of ${counter}`);
  load.stopped = true;
  while (load.open > 0) await sleep(TICK_MS);
  const { acknowledged, refused, unanswered, duplicates, why } = load;
  return { acknowledged, refused, unanswered, duplicates, why };
}

createServer(async ({ url }, answer) => {
  const { pathname, searchParams } = new URL(url, "http://load");
  const given = Object.fromEntries(searchParams);
  try {
    if (pathname === "/start") begin({ ...given, rate: Number(given.rate), seconds: Number(given.seconds) });
    answer.end(JSON.stringify(pathname === "/stop" ? await end(given.counter) : {}));
  } catch (error) {
    answer.writeHead(500).end(String(error));
  }
}).listen(8080);
process.on("SIGTERM", () => process.exit(0));
