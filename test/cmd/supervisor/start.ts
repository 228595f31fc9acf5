import assert from "node:assert/strict";
import { onStopSignals } from "../../../cmd/process/stop_signals.ts";
import { clusterCommand } from "../../../cmd/settings/cluster_settings.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";
import { Supervisor } from "../../../cmd/supervisor/supervisor.ts";

const result = parseSettings(clusterCommand, ["--port", "7000", "--data-dir", process.argv[2]!], {});
/** `cmd/cluster.ts` with tiny nodes. */
assert.ok(result.kind === "settings");
const supervisor = new Supervisor(result.settings, new URL("./tiny_node.ts", import.meta.url), (line) =>
  console.log(line),
);
onStopSignals({ stop: () => supervisor.stop(), endNow: () => supervisor.kill(130) });
process.exit(await supervisor.run());
