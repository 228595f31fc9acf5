import { busyPorts, UnusableSettingError } from "../node/check_ports.ts";
import type { ClusterSettings } from "../settings/cluster_settings.ts";
import { nodeCommand } from "../settings/node_settings.ts";
import { parseSettings } from "../settings/read/parse.ts";
import { messageOf } from "../settings/read/setting_error.ts";
import { otherCluster } from "./commands.ts";
import { nodePlans } from "./node_plan.ts";

/** What would keep the nodes from starting. Checked before any node starts, because each of them would report it again. */
export async function startErrors(settings: ClusterSettings): Promise<string[]> {
  const results = nodePlans(settings).map(({ flags }) => parseSettings(nodeCommand, flags, {}));
  const errors = results.flatMap((result) => (result.kind === "errors" ? result.errors.map(messageOf) : []));
  return [...new Set(errors), ...(await portErrors(settings))];
}

async function portErrors(settings: ClusterSettings): Promise<string[]> {
  const ports = Array.from({ length: settings.nodes }, (_, index) => settings.port + index);
  try {
    const busy = await busyPorts(settings.host, ports);
    return busy.length === 0 ? [] : [busyMessage(busy, settings)];
  } catch (error) {
    if (!(error instanceof UnusableSettingError)) throw error;
    return [`${error.message} (setting ${error.setting})`];
  }
}

function busyMessage(busy: readonly number[], settings: ClusterSettings): string {
  const what = busy.length === 1 ? `port ${busy[0]} is` : `ports ${busy.join(", ")} are`;
  return (
    `${what} in use. If another npm start is running, stop it first (Ctrl-C). ` +
    `For a second cluster, use other ports and another directory: ${otherCluster(settings)}`
  );
}
