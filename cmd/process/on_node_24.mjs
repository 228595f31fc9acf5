// Goes on only where TypeScript runs: on Node 24, with what `npm ci` brings. An older Node starts the script again on that one.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../node_modules", import.meta.url));

if (!existsSync(packages)) end("The packages are not there yet. Run npm ci first.");
else if (Number(process.versions.node.split(".")[0]) < 24) await again();

/** Never resolves: the process ends as the other one does. */
function again() {
  const child = spawn(`${packages}/.bin/node`, process.argv.slice(1), { stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes: this one only waits for the other.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) =>
    end(`Node 24 could not be started (${error.message}). Run npm ci first, or use Node 24.`),
  );
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  return new Promise(() => {});
}

function end(words) {
  console.error(words);
  process.exit(1);
}
