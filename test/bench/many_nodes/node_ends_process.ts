import { servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import { systemRandom as random } from "../../../internal/adapters/system/random.ts";
import type { Member } from "../../../internal/ports/discovery.ts";
import type { PeerService } from "../../../internal/ports/peers.ts";
import { NodeEnd } from "./node_end.ts";

/** What this process tells. It is told how many nodes to be, as its argument, and by any message to stop the hits. */
export type EndsNews =
  | { readonly kind: "serves"; readonly members: readonly Member[] }
  /** Once every node has seen hits of its own committed. */
  | { readonly kind: "all count" }
  /** Once hits have stopped and all that was offered was shown as committed. */
  | { readonly kind: "all shown"; readonly hits: number };

/** Nodes on each server: their streams share its port and differ in the loopback address that they are dialled at. */
const SERVERS = 4;
const LOOK_EVERY_MS = 50;

const count = Number(process.argv[2]);
const ends: NodeEnd[] = [];
let hitsGoOn = true;

const servers = await Promise.all(
  Array.from({ length: SERVERS }, () => servePeers(service(), { host: "0.0.0.0", port: 0 })),
);
const members = Array.from({ length: count }, (_, i) => member(i, servers[i % SERVERS]!.port));
tell({ kind: "serves", members });
when(
  () => ends.length >= count && ends.every(({ shown }) => shown > 0),
  () => tell({ kind: "all count" }),
);
process.once("message", () => {
  hitsGoOn = false;
  when(
    () => ends.every(({ shown, offered }) => shown === offered),
    () => tell({ kind: "all shown", hits: allHits() }),
  );
});

function service(): PeerService {
  return {
    // The leader knows a stream by what it dialled; any member that nobody took yet may answer.
    accept(stream) {
      const end = new NodeEnd(members[ends.length]!, stream, () => hitsGoOn);
      ends.push(end);
      return end;
    },
    knock: () => false,
    greet: () => ({ nodeId: "none", known: null, takesRemains: false }),
    takeRemains: () => ({ taken: false, reason: "this is a benchmark" }),
  };
}

function member(index: number, port: number): Member {
  const host = `127.0.${Math.floor(index / 250) + 1}.${(index % 250) + 1}`;
  const region = `region-${index % 3}`;
  return { id: random.id(), name: `node-${index}`, region, peerAddress: `${host}:${port}`, url: `http://${host}:80` };
}

function allHits(): number {
  return ends.reduce((sum, { shown }) => sum + shown, 0);
}

function when(holds: () => boolean, then: () => void): void {
  const timer = setInterval(() => {
    if (!holds()) return;
    clearInterval(timer);
    then();
  }, LOOK_EVERY_MS);
}

function tell(news: EndsNews): void {
  process.send?.(news);
}
