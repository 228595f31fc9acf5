#!/usr/bin/env node
// Runs the command line on a Node that runs TypeScript: this one, or else the one that `npm ci` has brought.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

if (Number(process.versions.node.split(".")[0]) >= 24) {
  await import("../cli.ts");
} else {
  const child = spawn(path("../../node_modules/.bin/node"), [path("../cli.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // A terminal sends Ctrl-C to both processes: this one only waits for the other.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`Node 24 could not be started (${error.message}). Run npm ci first, or use Node 24.`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
