import { setTimeout as sleep } from "node:timers/promises";
import { parseResponse, type RawClient } from "../adapters/http/raw_client.ts";
import type { Attack, AttackOutcome, Target } from "./attack.ts";
import { openRaw } from "./attacker.ts";

/** Bytes that a node and a proxy before it could read differently. */
interface Framing {
  readonly name: string;
  readonly send: (target: Target) => string;
  /** Whether the node has answered as it should. */
  readonly good: (client: RawClient) => boolean;
}

const WAIT_MS = 500;
/** For what must come, on a slow machine. */
const PATIENCE_MS = 10_000;
const LARGE = 200_000;
const MALFORMED_BODY = "Content-Type: text/plain\r\nContent-Length: 8";

const FRAMINGS: readonly Framing[] = [
  {
    name: "two Host headers",
    send: (target) => `POST ${hits(target)} HTTP/1.1\r\nHost: ${hostOf(target)}\r\nHost: other.example\r\n\r\n`,
    good: ({ statuses }) => statuses.join() === "400",
  },
  {
    name: "Upgrade, and a request behind it",
    send: (target) => request(target, "Connection: Upgrade\r\nUpgrade: h2c") + request(target),
    good: (client) => client.statuses.length === 1 && closes(client) && client.closed,
  },
  {
    name: "Upgrade with a body, and a request behind it",
    send: (target) =>
      `${request(target, "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Type: application/json\r\nContent-Length: 8")}{"by":1}${request(target)}`,
    good: (client) => client.statuses.length === 1 && closes(client) && client.closed,
  },
  {
    name: "a body that is too large, and a request behind it",
    send: (target) => `${request(target, `Content-Length: ${LARGE}`)}${"x".repeat(LARGE)}${request(target)}`,
    good: (client) => client.statuses.join() === "413" && closes(client),
  },
  {
    name: "a chunked body that is too large, and a request behind it",
    send: (target) =>
      `${request(target, "Transfer-Encoding: chunked")}${LARGE.toString(16)}\r\n${"x".repeat(LARGE)}\r\n0\r\n\r\n${request(target)}`,
    good: (client) => client.statuses.join() === "413" && closes(client),
  },
  {
    name: "Expect: 100-continue for a body of a type that is refused",
    send: (target) => request(target, `Expect: 100-continue\r\n${MALFORMED_BODY}`),
    good: (client) => client.statuses.join() === "415" && closes(client),
  },
  {
    name: "Expect: 100-continue for a body that is too large",
    send: (target) => request(target, `Expect: 100-continue\r\nContent-Length: ${LARGE}`),
    good: (client) => client.statuses.join() === "413" && closes(client),
  },
];

export const attack: Attack = {
  number: 15,
  attack: "sends requests that a proxy may read otherwise",
  bound: "each gets one answer that closes its connection; no byte is taken for a request that it is not",
  async run(target): Promise<AttackOutcome> {
    const failures: string[] = [];
    for (const framing of FRAMINGS) failures.push(...(await tryFraming(framing, target)));
    return {
      seen: failures.length === 0 ? `${FRAMINGS.length} kinds of requests, all refused or closed` : failures.join("; "),
      held: failures.length === 0,
    };
  },
};

async function tryFraming({ name, send, good }: Framing, target: Target): Promise<string[]> {
  const client = await openRaw(target);
  client.send(send(target));
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline && !good(client)) await sleep(20);
  // Nothing more may come.
  await sleep(WAIT_MS);
  client.socket.destroy();
  return good(client) ? [] : [`${name}: answered ${client.statuses.join(", ") || "nothing"}`];
}

function closes({ received }: RawClient): boolean {
  return parseResponse(received).headers.get("connection") === "close";
}

function request(target: Target, headers = "X-Nothing: special"): string {
  return `POST ${hits(target)} HTTP/1.1\r\nHost: ${hostOf(target)}\r\n${headers}\r\n\r\n`;
}

function hits({ counter }: Target): string {
  return `/v1/counters/${counter}/hits`;
}

function hostOf({ publicUrl }: Target): string {
  return new URL(publicUrl).host;
}
