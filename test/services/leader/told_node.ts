import type { ClusterChange } from "../../../internal/core/cluster/cluster_view.ts";
import type { Publication } from "../../../internal/core/ledger/snapshot.ts";
import type { LedgerPosition, SourceId } from "../../../internal/core/log/batch.ts";
import type { Clock } from "../../../internal/ports/clock.ts";
import type { Hello, LeaderMessage, LeaderStreamEvents } from "../../../internal/ports/peers.ts";
import { Follower } from "../../../internal/services/leader/follower.ts";

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
  readonly follower: Follower;
  readonly told: Publication[];
}

/** `sources`: the logs that it lists. `totals`: which totals it has; undefined: it is of 0.1.0, which does not say. */
export function toldNode(name: string, sources: readonly SourceId[] = [], totals?: LedgerPosition | null): ToldNode {
  const told: Publication[] = [];
  const member = { id: name, name, region: "eu", peerAddress: name, url: `http://${name}` };
  let events: LeaderStreamEvents | undefined;
  const connect = (_: string, listener: LeaderStreamEvents) => {
    events = listener;
    return {
      send: (message: LeaderMessage) => void (message.kind === "published" && told.push(message.publication)),
      renewalDue: false,
      close() {},
    };
  };
  const unused = () => Promise.reject(new Error("a leader's connection makes no calls"));
  const follower = new Follower(member, {
    peers: {
      connect,
      announce: unused,
      reach: unused,
      hears: unused,
      getStatus: unused,
      handOff: unused,
      adjust: unused,
    },
    clock: STILL,
    leaderHello: () => ({ kind: "welcome", leader: "", epoch: 1, ledger: null, adopted: [] }),
    saidHello() {},
    replied() {},
    closed() {},
  });
  follower.ensureOpen();
  const numbers = { begun: [], hits: 0, committed: 0, pending: 0, indeterminate: 0, active: 0 };
  const quiet = {
    known: null,
    ...numbers,
    draining: false,
    drained: false,
    durable: true,
    refusing: false,
    resync: false,
    ...(totals !== undefined && { totals }),
  };
  events?.message({ kind: "hello", member, knows: 2, sources, ...quiet } satisfies Hello);
  return { follower, told };
}
