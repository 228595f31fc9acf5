import { setTimeout as sleep } from "node:timers/promises";
import type { Attack, AttackOutcome, Target } from "./attack.ts";
import { openSocket } from "./attacker.ts";

const LONG_LINES = 4;
/** Requests in one write: more than fill one read of the node. */
const REQUESTS_PER_WRITE = 2_000;
/** Enough to take a node without a bound far over its memory. */
const MOST_BYTES_PER_LINE = 16_000_000;
const SHORT_LINES = 300;

/** A few connections pipeline hits that wait for their commit; then many connections put hits behind one that waits. */
export const attack: Attack = {
  number: 7,
  attack: "pipelines ?wait=committed",
  bound: "the node stops reading a connection that has unanswered requests, and is under 256 MB",
  memoryMb: 256,
  // Rounds are rare, so nothing is committed while the attack runs.
  flags: ["--interval", "60s"],
  async run(target): Promise<AttackOutcome> {
    const lines = Array.from({ length: LONG_LINES }, () => new Line(target));
    const waiting = requestText(target, "?wait=committed");
    await Promise.all(lines.map((line) => line.flood(waiting.repeat(REQUESTS_PER_WRITE), target.seconds * 500)));
    const behind = waiting + requestText(target).repeat(REQUESTS_PER_WRITE / 2);
    const short = Array.from({ length: SHORT_LINES }, () => new Line(target));
    for (const line of short) line.socket.write(behind);
    await sleep(target.seconds * 500);
    const sent = lines.reduce((sum, { taken }) => sum + taken, 0);
    for (const { socket } of [...lines, ...short]) socket.destroy();
    return {
      seen: `${LONG_LINES} connections sent ${(sent / 1e6).toFixed(1)} MB, ${SHORT_LINES} more put hits behind one that waits`,
      held: sent < LONG_LINES * MOST_BYTES_PER_LINE,
    };
  },
};

function requestText({ counter, publicUrl }: Target, query = ""): string {
  return `POST /v1/counters/${counter}/hits${query} HTTP/1.1\r\nHost: ${new URL(publicUrl).host}\r\n\r\n`;
}

class Line {
  readonly socket;
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
    this.socket = openSocket(this.#target).resume();
  }

  /** Bytes that left this process. */
  get taken(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  /** Writes as fast as the node reads. */
  async flood(text: string, ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (performance.now() < deadline && this.taken < MOST_BYTES_PER_LINE && !this.socket.destroyed) {
      if (this.socket.writableLength < text.length) this.socket.write(text);
      await sleep(5);
    }
  }
}
