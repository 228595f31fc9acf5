import { servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import type { Member } from "../../../internal/ports/discovery.ts";
import type { PeerService } from "../../../internal/ports/peers.ts";
import { PLAIN } from "../../adapters/grpc/plain.ts";
import { NodeEnd } from "./node_end.ts";
import { securityIn } from "./peer_certificates.ts";

/** What this process tells. It is told how many nodes to be and where their certificates are, as its arguments, and by any message to stop the hits. */
export type EndsNews =
  | { readonly kind: "serves"; readonly members: readonly Member[] }
  /** Once every node has seen hits of its own committed. */
  | { readonly kind: "all count" }
  /** Once hits have stopped and all that was offered was shown as committed. */
  | { readonly kind: "all shown"; readonly hits: number };

const LOOK_EVERY_MS = 50;

const count = Number(process.argv[2]);
const security = securityIn(process.argv[3] ?? null);
const ends: NodeEnd[] = [];
let hitsGoOn = true;

const members = await Promise.all(Array.from({ length: count }, (_, i) => serve(i)));
tell({ kind: "serves", members });
when(
  () => ends.every(({ shown }) => shown > 0),
  () => tell({ kind: "all count" }),
);
process.once("message", () => {
  hitsGoOn = false;
  when(
    () => ends.every(({ shown, offered }) => shown === offered),
    () => tell({ kind: "all shown", hits: allHits() }),
  );
});

/** Each node has an address of its own: a leader hears only the node that it dialled. */
async function serve(index: number): Promise<Member> {
  const host = `127.0.${Math.floor(index / 250) + 1}.${(index % 250) + 1}`;
  const node = { id: random.id(), name: `node-${index}`, region: `region-${index % 3}`, url: `http://${host}:80` };
  const member = { ...node, peerAddress: "" };
  const end = new NodeEnd(member, () => hitsGoOn);
  ends.push(end);
  const { address } = await servePeers(service(end), { ...PLAIN, security, host, port: 0 });
  member.peerAddress = address;
  return member;
}

function service(end: NodeEnd): PeerService {
  return {
    accept: (stream) => end.accept(stream),
    announce: () => false,
    hears: () => Promise.resolve(true),
    getStatus: () => ({ nodeId: "none", known: null, takesRemains: false }),
    acceptHandoff: () => ({ taken: false, reason: "this is a benchmark" }),
    adjust: () => Promise.resolve({ done: false, reason: "no-leader" }),
  };
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
