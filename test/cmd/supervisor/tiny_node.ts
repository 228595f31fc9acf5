import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onSupervisorGone, report, reportAndWait } from "../../../cmd/node/supervision.ts";
import { onStopSignals } from "../../../cmd/process/stop_signals.ts";
import { nodeCommand } from "../../../cmd/settings/node_settings.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";

/** The smallest program for a supervisor: it sends a node's reports, and writes files into its data directory. */
const reading = parseSettings(nodeCommand, process.argv.slice(2), process.env);
assert.ok(reading.kind === "settings");
const { port, name, dataDir: directory } = reading.settings;
assert.ok(directory !== null);
mkdirSync(directory, { recursive: true });
if (existsSync(`${directory}.refuse`)) process.exit(2);
if (existsSync(`${directory}.reason`)) {
  await reportAndWait({ kind: "refused", reason: "it rains", setting: "setting --store" });
  process.exit(2);
}
if (existsSync(`${directory}.stuck`)) process.on("SIGTERM", () => console.log("stuck"));
else onStopSignals({ stop: drain, endNow: () => process.exit(1) });
onSupervisorGone(drain);
writeFileSync(join(directory, "flags"), process.argv.slice(2).join(" "));
writeFileSync(join(directory, "pid"), String(process.pid));
report({ kind: "ready", url: `http://127.0.0.1:${port}` });
if (name === "node-7001") {
  report({ kind: "leader", name, epoch: Date.now() });
  report({ kind: "leader", name: "old news", epoch: 1 });
}
setInterval(() => {}, 1000);

function drain(): void {
  assert.ok(directory !== null);
  writeFileSync(join(directory, "drained"), "");
  const visits = name === "node-7001" ? "9007199254740993" : "41";
  const others = existsSync(join(directory, "..", "other")) ? ["node-7001", "node-7003"] : ["node-7001"];
  report({
    kind: "drained",
    visits,
    left: existsSync(`${directory}.left`) ? 2 : 0,
    kept: !existsSync(`${directory}.lost`),
    others,
  });
  setTimeout(() => process.exit(0), 50);
}
