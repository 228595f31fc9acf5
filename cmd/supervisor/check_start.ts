import { takenPorts } from "../node/check_ports.ts";
import type { ClusterSettings } from "../settings/cluster_settings.ts";
import { nodeCommand } from "../settings/node_settings.ts";
import { readSettings } from "../settings/read/parse.ts";
import { sentence } from "../settings/read/setting_error.ts";
import { nodePlans } from "./node_plan.ts";

/** Where supervised nodes listen. */
const HOST = "127.0.0.1";

/** What would keep a node from starting, each a sentence, before any node starts: each node would say it anew. */
export async function lookFirst(settings: ClusterSettings): Promise<string[]> {
  const plans = nodePlans(settings);
  const readings = plans.map(({ flags }) => readSettings(nodeCommand, flags, {}));
  const mistakes = readings.flatMap((reading) => (reading.kind === "mistakes" ? reading.mistakes.map(sentence) : []));
  const taken = await takenPorts(
    HOST,
    plans.map((_, index) => settings.port + index),
  );
  return [...new Set(mistakes), ...(taken.length === 0 ? [] : [takenSentence(taken, settings)])];
}

function takenSentence(taken: readonly number[], { port, nodes }: ClusterSettings): string {
  const [what, them] = taken.length === 1 ? ["port", "it"] : ["ports", "them"];
  const other = port + 100 + nodes <= 65_536 ? port + 100 : 4000;
  return (
    `${what} ${taken.join(", ")} cannot be had: another process uses ${them}. ` +
    `If npm start runs already, stop it first (Ctrl-C); or take other ports: npm start -- --port ${other}`
  );
}
