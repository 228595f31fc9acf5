import type { ClusterSettings } from "../settings/cluster_settings.ts";
import type { NodePlan } from "./node_plan.ts";

/** What the supervisor says. */

export function starting({ nodes, dataDirectory }: ClusterSettings): string {
  return `Global Cluster: starting ${nodes} nodes, with everything they keep in ${dataDirectory}`;
}

export function ready({ name, region }: NodePlan, url: string): string {
  return `${name} (${region}) is ready: ${url}`;
}

export function leads(name: string): string {
  return `${name} leads`;
}

/** When all nodes were ready for the first time. */
export function invitation(url: string, { port, nodes }: ClusterSettings): string {
  return [
    "",
    `  Open ${url} in a browser: every visit counts, and every node's page shows it.`,
    `  One more node, in another terminal: npm run node -- --port ${port + nodes}`,
    "  Ctrl-C stops all nodes; the next start goes on from the same total.",
    "",
  ].join("\n");
}

export function died({ name }: NodePlan, how: string, delay: number): string {
  return `${name} ended (${how}); it starts again in ${delay / 1000} s`;
}

export function refused({ name }: NodePlan): string {
  return `${name} cannot run like this (its reason is above)`;
}

export function stopping(): string {
  return "Stopping: the nodes hand in their last hits. Ctrl-C again ends them at once.";
}

export function broken({ name }: NodePlan): string {
  return `${name} ended before it had drained; its journal keeps what was not committed`;
}

/** `visits` is null when no node knew of any. */
export function total(visits: bigint | null, left: number): string {
  const known = visits === null ? "" : ` ${visits} visits committed.`;
  const waiting = left === 0 ? "" : ` ${left} hits wait in the journals for the next start.`;
  return `All nodes stopped.${known}${waiting}`;
}
