import { join } from "node:path";
import type { ClusterSettings } from "../settings/cluster_settings.ts";
import { isLoopback } from "../settings/peer_tls.ts";

/** One node of a cluster on this machine. */
export interface NodePlan {
  readonly name: string;
  readonly region: string;
  /** Flags of `cmd/node.ts`. */
  readonly flags: readonly string[];
}

const REGIONS = ["eu-central-1", "us-east-1", "ap-southeast-1"] as const;
/** The nodes are on one machine. No other one must reach their peer ports, which need no certificates there. */
const PEER_HOST = "127.0.0.1";

export function nodePlans({ port, nodes, dataDir, host, nodeFlags }: ClusterSettings): NodePlan[] {
  return Array.from({ length: nodes }, (_, index) => {
    const name = `node-${port + index}`;
    const region = REGIONS[index % REGIONS.length]!;
    const flags = {
      "--port": String(port + index),
      "--name": name,
      "--region": region,
      "--store": storeOf(dataDir),
      "--data-dir": join(dataDir, name),
      // All nodes here are of one release.
      "--conversion-delay": "0s",
      ...(!isLoopback(host) && { "--peer-host": PEER_HOST }),
    };
    return { name, region, flags: [...Object.entries(flags).flat(), ...nodeFlags] };
  });
}

export function storeOf(dataDir: string): string {
  return `sqlite:${join(dataDir, "store.sqlite")}`;
}
