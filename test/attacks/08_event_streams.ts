import { setTimeout as sleep } from "node:timers/promises";
import { RawClient } from "../adapters/http/raw_client.ts";
import type { Attack, AttackOutcome, Target } from "./attack.ts";
import { openSocket } from "./attacker.ts";

const STREAMS = 10_000;
/** One address must leave room for others: this is far from what a node serves. */
const MOST_OPEN = 2_000;
const PER_TURN = 100;

/** One address opens event streams as fast as it can, each of another counter, and reads none of them. */
export const attack: Attack = {
  number: 8,
  attack: `opens ${STREAMS} event streams`,
  bound: `one address has at most ${MOST_OPEN}, opens only some a second, and the node is under 256 MB`,
  memoryMb: 256,
  async run(target): Promise<AttackOutcome> {
    const clients: RawClient[] = [];
    const deadline = performance.now() + target.seconds * 1000;
    while (clients.length < STREAMS && performance.now() < deadline) {
      for (let i = 0; i < PER_TURN; i++) clients.push(openStream(target, clients.length));
      await sleep(1);
    }
    await sleep(Math.max(1_000, deadline - performance.now()));
    const open = clients.filter(({ statuses, closed }) => statuses[0] === 200 && !closed).length;
    const refused = clients.filter(({ statuses }) => statuses[0] !== undefined && statuses[0] !== 200).length;
    for (const { socket } of clients) socket.destroy();
    return { seen: `asked for ${clients.length}: ${open} are open, ${refused} were refused`, held: open <= MOST_OPEN };
  },
};

function openStream(target: Target, number: number): RawClient {
  const client = new RawClient(openSocket(target));
  client.send(`GET /v1/events?counter=attack-${number} HTTP/1.1\r\nHost: ${new URL(target.publicUrl).host}\r\n\r\n`);
  // It reads the status, and then nothing.
  client.socket.once("data", () => client.socket.pause());
  return client;
}
