import { setTimeout as sleep } from "node:timers/promises";
import { RawClient } from "../adapters/http/raw_client.ts";
import { type Attack, type AttackOutcome, CannotRun, type Target } from "./attack.ts";
import { isLoopback, openSocket } from "./attacker.ts";

const ADDRESSES = 100_000;
const PER_TURN = 50;
/** Connections that stay open, so that this process does not run out of files. */
const MOST_OPEN = 5_000;

/** Each address does one thing that is limited by address, and leaves its connection open. */
export const attack: Attack = {
  number: 17,
  attack: `comes from up to ${ADDRESSES} addresses`,
  bound: "what a node remembers of addresses is bounded: it is under 256 MB",
  memoryMb: 256,
  async run(target): Promise<AttackOutcome> {
    if (!isLoopback(new URL(target.publicUrl).hostname)) throw new CannotRun("it needs a target on 127.0.0.1");
    const open: RawClient[] = [];
    const deadline = performance.now() + target.seconds * 1000;
    let addresses = 0;
    while (addresses < ADDRESSES && performance.now() < deadline) {
      for (let i = 0; i < PER_TURN; i++) open.push(comeFrom(target, addresses++));
      for (const { socket } of open.splice(0, Math.max(0, open.length - MOST_OPEN))) socket.destroy();
      await sleep(1);
    }
    await sleep(500);
    const answered = open.filter(({ statuses }) => statuses.length > 0).length;
    for (const { socket } of open) socket.destroy();
    return { seen: `${addresses} addresses came; of the last ${open.length}, ${answered} were answered`, held: true };
  },
};

const ASKED = ["POST /v1/counters/NAME/hits", "GET /v1/events?counter=NAME", "GET /c/NAME", "GET /v1/cluster"];

function comeFrom(target: Target, number: number): RawClient {
  const address = `127.${100 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
  const client = new RawClient(openSocket(target, address));
  const line = (ASKED[number % ASKED.length] ?? "").replace("NAME", `address-${number}`);
  const wrong = number % 7 === 0 ? "Authorization: Bearer gc_wrong\r\n" : "";
  client.send(`${line} HTTP/1.1\r\nHost: ${new URL(target.publicUrl).host}\r\n${wrong}\r\n`);
  return client;
}
