import { pathText, plural } from "../cli/text.ts";
import type { SupervisorMessage } from "../node/supervision.ts";
import type { ClusterSettings } from "../settings/cluster_settings.ts";
import { oneMoreNode } from "./commands.ts";
import type { NodePlan } from "./node_plan.ts";

/** The messages of `npm start`. */

export function starting({ nodes, dataDir }: ClusterSettings): string {
  return `Global Cluster: starting ${plural(nodes, "node")}; data directory: ${pathText(dataDir)}`;
}

export function ready({ name, region }: NodePlan, url: string, again: boolean): string {
  return `${name} (${region}) is ready${again ? " again" : ""}: ${url}`;
}

export function leader(name: string): string {
  return `${name} became leader`;
}

/** Written once in the life of a data directory. */
export function adminToken(file: string): string {
  return `Made an admin token: ${pathText(file)}. It may count more: global-cluster hit visits --by 5 --token-file ${pathText(file)}`;
}

/** Written once, when all nodes are ready. */
export function invitation(url: string, settings: ClusterSettings): string {
  return [
    "",
    `  Open ${url} in a browser: every visit counts, and every node's page shows it.`,
    `  To add a node, run in another terminal: ${oneMoreNode(settings, settings.port + settings.nodes)}`,
    "  Ctrl-C stops all nodes. The next start continues from the same total.",
    "",
  ].join("\n");
}

export function restarting({ name }: NodePlan, how: string, delayMs: number): string {
  return `${name} ended (${how}); restarting it in ${delayMs / 1000} s`;
}

/** Why a node cannot start. The person can change only the supervisor's settings, so `--store` becomes `--data-dir`. */
export function reasonOf({ reason, setting }: SupervisorMessage & { readonly kind: "refused" }): string {
  return setting === null ? reason : `${reason} (${setting.replace("--store", "--data-dir")})`;
}

/** `reason`: null if the node has written it itself. */
export function refused({ name }: NodePlan, reason: string | null): string {
  return `${name} cannot start${reason === null ? " (the reason is above)" : `: ${reason}`}`;
}

export function stopping(): string {
  return "Stopping: the nodes commit their last hits, for at most 25 s. Press Ctrl-C again to stop at once.";
}

export function broken({ name }: NodePlan): string {
  return `${name} ended before it had drained; its journal keeps the hits that are not committed`;
}

export interface Ended {
  /** Number of nodes that stopped. */
  readonly nodes: number;
  /** Names of the cluster's nodes that are still running. */
  readonly others: readonly string[];
  /** Null if no node knew it. */
  readonly visits: bigint | null;
  /** Acknowledged hits that are not committed and wait in journals. */
  readonly left: number;
  /** Those that no journal has. */
  readonly lost: number;
}

export function total({ nodes, others, visits, left, lost }: Ended): string {
  const these = nodes === 1 ? "The node" : `The ${plural(nodes, "node")}`;
  const stopped = others.length === 0 ? "All nodes stopped." : `${these} stopped. Still running: ${others.join(", ")}.`;
  const known = visits === null ? "" : ` ${visits} visit${visits === 1n ? "" : "s"} committed.`;
  const is = left === 1 ? "is" : "are";
  const rest = ` ${plural(left, "hit")} ${is} not committed yet: safe in the journals, and counted after the next start.`;
  const gone = ` ${plural(lost, "hit")} ${lost === 1 ? "is" : "are"} lost: their data directory was deleted or moved.`;
  return `${stopped}${known}${left === 0 ? "" : rest}${lost === 0 ? "" : gone}`;
}
