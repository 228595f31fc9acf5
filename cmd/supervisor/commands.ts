import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathText } from "../cli/text.ts";
import type { ClusterSettings } from "../settings/cluster_settings.ts";
import { tokensOf } from "./admin_token.ts";
import { storeOf } from "./node_plan.ts";

/** The command that adds a node to the cluster in the settings' directory. */
export function oneMoreNode({ dataDir }: ClusterSettings, port: number): string {
  const command = `npm run node -- --port ${port} --region sa-east-1`;
  // A node finds the store and the tokens in the default directory by itself.
  if (dataDir === resolve("data")) return command;
  const tokens = existsSync(tokensOf(dataDir)) ? ` --tokens ${tokensOf(dataDir)}` : "";
  return `${command} --store ${storeOf(dataDir)}${tokens}`;
}

/** The command that starts another cluster on other ports and in another directory. */
export function otherCluster({ port, nodes, dataDir }: ClusterSettings): string {
  const other = port + 100 + nodes <= 65_536 ? port + 100 : 4000;
  return `npm start -- --port ${other} --data-dir ${pathText(`${dataDir}-${other}`)}`;
}
