import type { ClusterChange } from "../../../internal/core/cluster/cluster_view.ts";
import type { Publication } from "../../../internal/core/ledger/snapshot.ts";
import type { LedgerPosition, SourceId } from "../../../internal/core/log/batch.ts";
import type { Hello } from "../../../internal/ports/peers.ts";
import { Follower } from "../../../internal/services/leader/follower.ts";
import { ScriptedNode } from "./scripted_node.ts";

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
  const node = new ScriptedNode((message) => void (message.kind === "published" && told.push(message.publication)));
  const follower = new Follower(member, node.deps());
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
  node.says.message({ kind: "hello", member, knows: 2, sources, ...quiet } satisfies Hello);
  return { follower, told };
}
