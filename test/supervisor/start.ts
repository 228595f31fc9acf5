import { onStopSignals } from "../../cmd/process/stop_signals.ts";
import { Supervisor } from "../../cmd/supervisor/supervisor.ts";

/** `cmd/cluster.ts` with tiny nodes. */
const settings = { port: 7000, nodes: 3, dataDirectory: process.argv[2]! };
const supervisor = new Supervisor(settings, new URL("./tiny_node.ts", import.meta.url), (line) => console.log(line));
onStopSignals({ stop: () => supervisor.stop(), endNow: () => supervisor.kill(130) });
process.exit(await supervisor.run());
