import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { announceRequest } from "../../internal/adapters/grpc/call_messages.ts";
import type { Attack } from "./attack.ts";
import { ATTACKER_ADDRESS } from "./attacker.ts";
import { commitsGoOn, PeerAttacker } from "./peer_attacker.ts";

const KNOCKS = 500;
const PARALLEL = 10;
const AFTER_MS = 2_000;

/** Somebody who reaches the peer port announces nodes at a port of its own, which the leader then dials. */
export const attack: Attack = {
  number: 5,
  attack: `announces ${KNOCKS} nodes at a port of its own`,
  bound: "the leader dials none of them",
  needs: ["peerAddress"],
  async run(target) {
    const attacker = new PeerAttacker(target);
    let dials = 0;
    const port = createServer((socket) => {
      dials++;
      socket.on("error", () => {}).destroy();
    });
    await once(port.listen(0, ATTACKER_ADDRESS), "listening");
    const peerAddress = `${ATTACKER_ADDRESS}:${(port.address() as { port: number }).port}`;
    let heard = 0;
    let left = KNOCKS;
    const knocks = async () => {
      while (left-- > 0) if (await knock(attacker, peerAddress)) heard++;
    };
    await Promise.all(Array.from({ length: PARALLEL }, knocks));
    await sleep(AFTER_MS);
    port.close();
    const trouble = await commitsGoOn(target);
    const seen = `${heard} of ${KNOCKS} were answered; the leader dialled ${dials} times${trouble ? `; ${trouble}` : ""}`;
    return { seen, held: dials === 0 && trouble === null };
  },
};

/** Whether it was answered. */
function knock(attacker: PeerAttacker, peerAddress: string): Promise<boolean> {
  const id = attacker.id();
  const member = { id, name: `node-${id}`, region: "eu", peerAddress, url: "http://127.0.0.1:1" };
  return attacker.call("Knock", announceRequest.encode({ member, leader: "" })).then(
    () => true,
    () => false,
  );
}
