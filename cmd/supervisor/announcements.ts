import { plural } from "../cli/text.ts";
import type { ClusterSettings } from "../settings/cluster_settings.ts";
import type { NodeNews } from "../supervision.ts";
import type { NodePlan } from "./node_plan.ts";

/** What the supervisor says. */

export function starting({ nodes, dataDirectory }: ClusterSettings): string {
  return `Global Cluster: starting ${plural(nodes, "node")}, with everything they keep in ${dataDirectory}`;
}

export function ready({ name, region }: NodePlan, url: string, again: boolean): string {
  return `${name} (${region}) is ready${again ? " again" : ""}: ${url}`;
}

export function leads(name: string): string {
  return `${name} leads`;
}

/** When all nodes were ready for the first time. */
export function invitation(url: string, { port, nodes }: ClusterSettings): string {
  return [
    "",
    `  Open ${url} in a browser: every visit counts, and every node's page shows it.`,
    `  One more node, in another terminal: npm run node -- --port ${port + nodes} --region sa-east-1`,
    "  Ctrl-C stops all nodes; the next start goes on from the same total.",
    "",
  ].join("\n");
}

export function died({ name }: NodePlan, how: string, delay: number): string {
  return `${name} ended (${how}); it starts again in ${delay / 1000} s`;
}

/** Why a node cannot run. Its store is in the supervisor's data directory. */
export function reasonOf({ reason, setting }: NodeNews & { readonly kind: "refused" }): string {
  return setting === null ? reason : `${reason} (${setting.replace("--store", "--data-dir")})`;
}

/** `reason` is null when the node has said it itself. */
export function refused({ name }: NodePlan, reason: string | null): string {
  return `${name} cannot run like this${reason === null ? " (its reason is above)" : `: ${reason}`}`;
}

export function stopping(): string {
  return "Stopping: the nodes hand in their last hits, for 25 s at most. Ctrl-C again ends them at once.";
}

export function broken({ name }: NodePlan): string {
  return `${name} ended before it had drained; its journal keeps what was not committed`;
}

export interface Ended {
  /** How many nodes stopped. */
  readonly nodes: number;
  /** Names of the cluster's nodes that go on. */
  readonly others: readonly string[];
  /** Null when no node knew of any. */
  readonly visits: bigint | null;
  /** Acknowledged hits that are not committed and wait in journals. */
  readonly left: number;
  /** Those that no journal has. */
  readonly lost: number;
}

export function total({ nodes, others, visits, left, lost }: Ended): string {
  const known = visits === null ? "" : ` ${visits} visit${visits === 1n ? "" : "s"} committed.`;
  const stay = left === 1 ? "is not committed: it stays" : "are not committed: they stay";
  const again = left === 1 ? "is" : "are";
  const waiting =
    left === 0 ? "" : ` ${plural(left, "hit")} ${stay} in the journals and ${again} counted at the next start.`;
  const these = nodes === 1 ? "The node" : `The ${plural(nodes, "node")}`;
  const stopped = others.length === 0 ? "All nodes stopped." : `${these} stopped; others go on: ${others.join(", ")}.`;
  const gone =
    lost === 0
      ? ""
      : ` ${plural(lost, "hit")} ${lost === 1 ? "is" : "are"} lost: their data directory was deleted or moved.`;
  return `${stopped}${known}${waiting}${gone}`;
}
