import { setTimeout as sleep } from "node:timers/promises";
import type { Attack, AttackOutcome, Target } from "./attack.ts";
import { openSocket } from "./attacker.ts";

const CONNECTIONS = 200;
const MOST_PER_WRITE = 40;

/** One client sends whatever comes to its mind, on many connections, in pieces, and reads only sometimes. */
export const attack: Attack = {
  number: 18,
  attack: "sends anything, from one address",
  bound: "the node answers others, and is under 256 MB",
  memoryMb: 256,
  async run(target): Promise<AttackOutcome> {
    const deadline = performance.now() + target.seconds * 1000;
    const lines = await Promise.all(Array.from({ length: CONNECTIONS }, () => sendUntil(deadline, target)));
    const bytes = lines.reduce((sum, sent) => sum + sent, 0);
    const { ok } = await fetch(`${target.publicUrl}/v1/cluster`);
    return { seen: `${CONNECTIONS} connections at a time sent ${(bytes / 1e6).toFixed(1)} MB`, held: ok };
  },
};

async function sendUntil(deadline: number, target: Target): Promise<number> {
  let sent = 0;
  while (performance.now() < deadline) {
    const socket = openSocket(target);
    if (Math.random() < 0.7) socket.resume();
    for (let i = 0; i < 20 && !socket.destroyed && performance.now() < deadline; i++) {
      const text = anyRequest(target).repeat(Math.ceil(Math.random() ** 4 * MOST_PER_WRITE));
      const piece = Math.random() < 0.3 ? text.slice(0, Math.floor(Math.random() * text.length)) : text;
      if (socket.writableLength < 1 << 20) socket.write(piece, "latin1");
      await sleep(Math.random() * 50);
    }
    sent += socket.bytesWritten;
    socket.destroy();
  }
  return sent;
}

const METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "BREW", "\xff"];
const HEADERS = [
  "Content-Length: 8",
  "Content-Length: 99999999999",
  "Transfer-Encoding: chunked",
  "Expect: 100-continue",
  "Expect: nothing",
  "Connection: Upgrade\r\nUpgrade: websocket",
  "Connection: close",
  "Host: other.example",
  "Authorization: Bearer gc_x",
  "Origin: https://stranger.example",
  "Accept-Encoding: gzip",
  "Content-Type: application/json",
  "X-Forwarded-For: 10.0.0.1, nonsense",
  `X-Long: ${"x".repeat(5_000)}`,
];
const BODIES = ["", '{"by":1}', "5\r\nhello\r\n0\r\n\r\n", "\x00\x01\x02", "x".repeat(3_000)];

function anyRequest({ counter, publicUrl }: Target): string {
  const paths = ["/", `/c/${counter}`, `/v1/counters/${counter}/hits`, `/v1/counters/${counter}/hits?wait=committed`];
  const others = ["/v1/events", `/v1/events?counter=${number()}`, `/badge/${counter}.svg?label=${number()}`, "/%", "*"];
  const headers = Array.from({ length: Math.floor(Math.random() * 4) }, () => any(HEADERS));
  const host = Math.random() < 0.9 ? [`Host: ${new URL(publicUrl).host}`] : [];
  const lines = [
    `${any(METHODS)} ${any([...paths, ...others])} HTTP/1.${any(["1", "1", "1", "0", "9"])}`,
    ...host,
    ...headers,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${any(BODIES)}`;
}

function any<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T;
}

function number(): number {
  return Math.floor(Math.random() * 10_000);
}
