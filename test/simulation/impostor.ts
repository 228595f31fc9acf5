import type { ClusterChange } from "../../internal/core/cluster/cluster_view.ts";
import type { LedgerRef } from "../../internal/core/log/batch.ts";
import type { LeaderHello, LeaderMessage, NodeMessage } from "../../internal/ports/peers.ts";
import type { SimCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { SimPeers } from "./sim_network.ts";
import { SimProcess } from "./world.ts";

/** What somebody who only claims to lead says to a node. It has no certificate of the cluster. */
export interface Claim {
  readonly leader: string;
  readonly epoch: number;
  readonly ledger: LedgerRef | null;
  /** Sources that are said to be counted, all of them. */
  readonly sources: readonly string[];
}

/**
 * Opens a stream to a node as a leader does, claims to lead, and says that everything is counted. Returns what the node replied, which grows
 * while time passes.
 */
export function impersonateLeader(cluster: SimCluster, node: Machine, claim: Claim): readonly NodeMessage[] {
  const replies: NodeMessage[] = [];
  const process = new SimProcess(cluster.world, "impostor");
  const peers = new SimPeers(cluster.world, cluster.network, process, "impostor");
  cluster.world.say("impostor", `claims to ${node.name} that ${claim.leader} leads with epoch ${claim.epoch}`);
  const stream = peers.connect(`${node.name}:1`, { message: (reply) => void replies.push(reply), closed: () => {} });
  for (const [at, message] of said(claim).entries()) cluster.world.after(at * 100, () => stream.send(message), process);
  cluster.world.after(1_000, () => stream.close());
  return replies;
}

function said({ leader, epoch, ledger, sources }: Claim): LeaderMessage[] {
  const hello: LeaderHello = { kind: "welcome", leader, epoch, ledger, adopted: [] };
  if (!ledger) return [hello];
  const later = { id: ledger.id, version: ledger.version + 1_000_000, writer: leader };
  const change = {
    ledger: later,
    since: null,
    totals: [],
    prunedTo: 0,
    adoptions: [],
    share: { counters: 0, bytes: 0 },
  };
  const watermarks = sources.map((source) => ({ source, watermark: 2 ** 50, ended: true }));
  return [
    hello,
    { kind: "collect", epoch, round: 1, ledger },
    { kind: "published", publication: { shared: { cluster: clusterBy(leader, epoch), ledger: change }, watermarks } },
    { kind: "resigned" },
  ];
}

function clusterBy(leader: string, epoch: number): ClusterChange {
  return {
    leader,
    epoch,
    store: "ok",
    storeDetail: "",
    asOf: 0,
    interval: 1_000,
    active: 0,
    full: true,
    nodes: [],
    left: [],
  };
}
