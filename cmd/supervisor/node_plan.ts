import { join } from "node:path";
import type { ClusterSettings } from "../settings/cluster_settings.ts";

/** One node of a cluster on this machine. */
export interface NodePlan {
  readonly name: string;
  readonly region: string;
  /** Flags of `cmd/node.ts`. */
  readonly flags: readonly string[];
}

const REGIONS = ["eu-central-1", "us-east-1", "ap-southeast-1"] as const;

export function nodePlans({ port, nodes, dataDirectory }: ClusterSettings): NodePlan[] {
  return Array.from({ length: nodes }, (_, index) => {
    const name = `node-${port + index}`;
    const region = REGIONS[index % REGIONS.length]!;
    const flags = {
      "--port": String(port + index),
      "--name": name,
      "--region": region,
      "--store": `sqlite:${join(dataDirectory, "store.sqlite")}`,
      "--data-dir": join(dataDirectory, name),
      "--log": "text",
    };
    return { name, region, flags: Object.entries(flags).flat() };
  });
}
