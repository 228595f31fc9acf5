import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { fileURLToPath } from "node:url";
import { CliProcess, SCRIPT } from "../cmd/cli/cli_process.ts";
import type { Attack, AttackOutcome } from "./attack.ts";

const ADOPT = fileURLToPath(new URL("../../cmd/adopt.ts", import.meta.url));
/** Sets the title of the terminal, clears it, reports a key press, writes text from right to left, and the same in 8-bit codes. */
const EVIL = "\x1b]0;owned\x07\x1b[2J\x9b5n\u202egnp.exe\r";
/** Whatever a terminal obeys. */
const OBEYED = /[^\P{C}\n]/u;

const NUMBERS = { value: 1, committed: 1, pending: 0 };
const NODE = { name: EVIL, region: EVIL, state: EVIL, hits: 1, committed: 1, pending: 0, active: 0, heardAt: 0 };
const CLUSTER = {
  store: EVIL,
  storeDetail: EVIL,
  version: 1,
  nodeCount: 1,
  active: 0,
  pending: 0,
  interval: 1,
  now: 0,
};

/** A hostile server, and a hostile store, answer the command line with escape sequences wherever it reads text. */
export const attack: Attack = {
  number: 14,
  attack: "answers the command line with escape sequences",
  bound: "no control character of a server reaches the terminal",
  async run(): Promise<AttackOutcome> {
    const runs: CommandRun[] = [];
    await withServers(async ({ text, problem, status, store }) => {
      for (const json of [[], ["--json"]]) runs.push(...(await runAll(COMMANDS, text, json)));
      runs.push(...(await runAll(COMMANDS, problem)), ...(await runAll(COMMANDS.slice(0, 1), problem, ["--json"])));
      runs.push(...(await runAll(COMMANDS.slice(0, 1), status)));
      runs.push(await runCommand([ADOPT], ["--store", `etcd://${store}`]));
    });
    const obeyed = runs.filter(({ output }) => OBEYED.test(output)).map(({ command }) => command);
    const silent = runs.filter(({ output }) => output === "").map(({ command }) => command);
    const failures = [
      ...obeyed.map((command) => `${command} obeyed`),
      ...silent.map((command) => `${command} was silent`),
    ];
    return { seen: failures.join("; ") || `${runs.length} commands, all clean`, held: failures.length === 0 };
  },
};

interface CommandRun {
  readonly command: string;
  readonly output: string;
}

const COMMANDS = [["get", "a"], ["hit", "a"], ["watch", "a"], ["top"]];

function runAll(
  commands: readonly (readonly string[])[],
  server: string,
  json: readonly string[] = [],
): Promise<CommandRun[]> {
  return Promise.all(commands.map((words) => runCommand([SCRIPT], [...words, "--server", server, ...json])));
}

/** Runs a command until it ends, or until it has written something. */
async function runCommand(script: readonly string[], args: readonly string[]): Promise<CommandRun> {
  const child = new CliProcess(args, [process.execPath, ...script]);
  const ended = child.ended();
  await Promise.race([ended, child.until(() => child.out + child.err !== "").catch(() => {})]);
  child.signal("SIGTERM");
  const { out, err } = await ended;
  return { command: args.filter((arg) => !arg.includes("127.0.0.1")).join(" "), output: out + err };
}

/** Addresses of a server for each way to answer: with good responses, with problems, and with a status line of its own; and of a store. */
interface Servers {
  readonly text: string;
  readonly problem: string;
  readonly status: string;
  readonly store: string;
}

async function withServers(use: (servers: Servers) => Promise<void>): Promise<void> {
  const web = createServer(respondWithText);
  const problems = createServer((_req, res) => respondWithProblem(res));
  // Node itself would refuse to send such a status line.
  const status = createTcpServer((socket) => socket.on("error", () => {}).end(`HTTP/1.1 500 ${EVIL}\r\n\r\n${EVIL}`));
  const store = createHttp2Server().on("stream", (stream) => stream.respond(STORE_ERROR, { endStream: true }));
  const all = [web, problems, status, store];
  for (const server of all) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const [text, problem, statusLine, etcd] = all.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await use({
      text: `http://${text}`,
      problem: `http://${problem}`,
      status: `http://${statusLine}`,
      store: `${etcd}`,
    });
  } finally {
    for (const server of all) server.close();
    web.closeAllConnections();
    problems.closeAllConnections();
  }
}

const STORE_ERROR = {
  ":status": 200,
  "content-type": "application/grpc",
  "grpc-status": 2,
  "grpc-message": encodeURIComponent(EVIL),
};

function respondWithText(req: IncomingMessage, res: ServerResponse): void {
  const counter = { counter: EVIL, ...NUMBERS, regions: { [EVIL]: 1 }, version: 1, asOf: EVIL, rate: null };
  if (req.url?.startsWith("/v1/events")) {
    const history = { from: 0, hits: [] };
    const message = {
      counter: { ...counter, history },
      cluster: CLUSTER,
      full: true,
      nodes: [{ id: "n", ...NODE }],
      left: [],
    };
    res.writeHead(200, { "Content-Type": "text/event-stream" }).write(`id: 1\ndata: ${JSON.stringify(message)}\n\n`);
  } else if (req.url?.startsWith("/v1/counters?")) res.end(JSON.stringify({ counters: [counter], next: null }));
  else res.end(JSON.stringify(counter));
}

function respondWithProblem(res: ServerResponse): void {
  res.writeHead(409, { "Content-Type": "application/problem+json" });
  res.end(JSON.stringify({ type: EVIL, title: EVIL, status: 409, detail: EVIL, remedy: EVIL, counted: false }));
}
