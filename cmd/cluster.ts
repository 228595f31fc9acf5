import { onStopSignals } from "./process/stop_signals.ts";
import { clusterCommand } from "./settings/cluster_settings.ts";
import { EXIT_SETTINGS, settingsFromProcess } from "./settings/read/from_process.ts";
import { lookFirst } from "./supervisor/check_start.ts";
import { Supervisor } from "./supervisor/supervisor.ts";

/** 128 + SIGINT, as shells expect it. */
const EXIT_INTERRUPTED = 130;

const settings = settingsFromProcess(clusterCommand);
const troubles = await lookFirst(settings);
if (troubles.length > 0) {
  process.stderr.write(`Not started: ${troubles.join("\n  ")}\n`);
  process.exit(EXIT_SETTINGS);
}
const supervisor = new Supervisor(settings, new URL("./node.ts", import.meta.url), (line) => console.log(line));
onStopSignals({ stop: () => supervisor.stop(), endNow: () => supervisor.kill(EXIT_INTERRUPTED) });
process.exitCode = await supervisor.run();
process.exit();
