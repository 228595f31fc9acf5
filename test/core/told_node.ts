import type { SourceId } from "../../internal/core/batch.ts";
import type { ClusterChange } from "../../internal/core/cluster_view.ts";
import type { Publication } from "../../internal/core/snapshot.ts";
import type { Clock } from "../../internal/ports/clock.ts";
import type { Hello, LeaderMessage, LeaderStreamEvents } from "../../internal/ports/peers.ts";
import { Connection } from "../../internal/services/leader/connection.ts";

const STILL: Clock = { monotonic: () => 0, wall: () => 0, after: () => () => {}, endOfTurn() {} };

export const NO_CHANGE: ClusterChange = {
  leader: "",
  epoch: 0,
  store: "ok",
  storeDetail: "",
  asOf: 0,
  interval: 1_000,
  active: 0,
  full: true,
  nodes: [],
  left: [],
};

/** A leader's connection to a node that said hello, and everything that it is told from then on. */
export interface ToldNode {
  readonly connection: Connection;
  readonly told: Publication[];
}

/** `sources`: the logs that it lists. */
export function toldNode(name: string, sources: readonly SourceId[] = []): ToldNode {
  const told: Publication[] = [];
  const member = { id: name, name, region: "eu", peerAddress: name, url: `http://${name}` };
  let events: LeaderStreamEvents | undefined;
  const connect = (_: string, listener: LeaderStreamEvents) => {
    events = listener;
    return {
      send: (message: LeaderMessage) => void (message.kind === "published" && told.push(message.publication)),
      close() {},
    };
  };
  const unused = () => Promise.reject(new Error("a leader's connection makes no calls"));
  const connection = new Connection(member, {
    peers: { connect, knock: unused, greet: unused, handOver: unused },
    clock: STILL,
    welcome: () => ({ kind: "welcome", leader: "", epoch: 1, ledger: null, adopted: [] }),
    heard() {},
    answered() {},
    closed() {},
  });
  connection.ensureOpen();
  const numbers = { hits: 0, committed: 0, pending: 0, active: 0 };
  const quiet = {
    known: null,
    ...numbers,
    draining: false,
    drained: false,
    durable: true,
    refusing: false,
    resync: false,
  };
  events?.message({ kind: "hello", member, sources, ...quiet } satisfies Hello);
  return { connection, told };
}
