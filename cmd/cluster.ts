import { clusterCommand } from "./settings/cluster_settings.ts";
import { settingsFromProcess } from "./settings/from_process.ts";
import { onStopSignals } from "./stop_signals.ts";
import { Supervisor } from "./supervisor/supervisor.ts";

/** 128 + SIGINT, as shells expect it. */
const EXIT_INTERRUPTED = 130;

const settings = settingsFromProcess(clusterCommand);
const supervisor = new Supervisor(settings, new URL("./node.ts", import.meta.url), (line) => console.log(line));
onStopSignals({ stop: () => supervisor.stop(), endNow: () => supervisor.kill(EXIT_INTERRUPTED) });
process.exitCode = await supervisor.run();
process.exit();
