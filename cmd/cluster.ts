import { createLog } from "../internal/adapters/system/logger.ts";
import { TokenFileError } from "../internal/adapters/tokens/token_storage.ts";
import { EXIT_INTERRUPTED, onStopSignals } from "./process/stop_signals.ts";
import { clusterCommand } from "./settings/cluster_settings.ts";
import { EXIT_SETTINGS, settingsFromProcess } from "./settings/read/from_process.ts";
import { firstToken, tokensOf } from "./supervisor/admin_token.ts";
import { adminToken } from "./supervisor/announcements.ts";
import { startErrors } from "./supervisor/check_start.ts";
import { lockCluster } from "./supervisor/directory_lock.ts";
import { Supervisor } from "./supervisor/supervisor.ts";

const settings = settingsFromProcess(clusterCommand);
const errors = await startErrors(settings);
if (errors.length > 0) refuse(errors.join("\n  "));
const locked = lockCluster(settings);
if (locked !== null) refuse(locked);
const write = output();
makeFirstToken();
const nodes = { ...settings, nodeFlags: [...settings.nodeFlags, "--tokens", tokensOf(settings.dataDir)] };
const supervisor = new Supervisor(nodes, new URL("./node.ts", import.meta.url), write);
onStopSignals({ stop: () => supervisor.stop(), endNow: () => supervisor.kill(EXIT_INTERRUPTED) });
process.exitCode = await supervisor.run();
process.exit();

function makeFirstToken(): void {
  try {
    const made = firstToken(settings.dataDir);
    if (made !== null) write(adminToken(made));
  } catch (error) {
    if (!(error instanceof TokenFileError)) throw error;
    refuse(error.message);
  }
}

function refuse(reason: string): never {
  process.stderr.write(`Not started: ${reason}\n`);
  process.exit(EXIT_SETTINGS);
}

/** Lines for people, or, beside the nodes' logs in JSON, lines of a logger. */
function output(): (line: string) => void {
  if (settings.log === "text") return (line) => console.log(line);
  const logger = createLog({ format: "json", name: "start" });
  return (line) => logger.info(line.trim());
}
