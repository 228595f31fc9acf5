// Runs the program only on Node 24, which can run TypeScript, and only if the packages are installed. An older Node starts the program
// again on the Node 24 that `npm ci` installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../node_modules", import.meta.url));

if (!existsSync(packages)) end("The packages are not installed. Run npm ci first.");
else if (Number(process.versions.node.split(".")[0]) < 24) await startAgain();

/** Never resolves: this process ends when the other one does, with the same code. */
function startAgain() {
  const flags = process.execArgv.filter((flag) => /^--(max|v8)-/.test(flag));
  const child = spawn(`${packages}/.bin/node`, [...flags, ...process.argv.slice(1)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes. This one only waits for the other.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => end(`Cannot start Node 24 (${error.message}). Run npm ci, or use Node 24.`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  return new Promise(() => {});
}

function end(message) {
  console.error(message);
  process.exit(1);
}
