import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

type Operation = "writeSync" | "ftruncateSync" | "fdatasyncSync" | "fsyncSync" | "renameSync" | "rmSync" | "openSync";

const ALL: readonly Operation[] = [
  "writeSync",
  "ftruncateSync",
  "fdatasyncSync",
  "fsyncSync",
  "renameSync",
  "rmSync",
  "openSync",
];

/**
 * Runs `body` while each of `operations` for which `fails` is true fails with EIO. The one stand-in for a disk here: a real one
 * that refuses to cut, sync or rename at a chosen moment cannot be had.
 */
export function withBrokenDisk(fails: (operation: Operation) => boolean, body: () => void): void {
  const real = Object.fromEntries(ALL.map((operation) => [operation, fs[operation]]));
  for (const operation of ALL) Object.assign(fs, { [operation]: breaking(operation, real[operation] as Call, fails) });
  syncBuiltinESMExports();
  try {
    body();
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
}

type Call = (...args: unknown[]) => unknown;

function breaking(operation: Operation, real: Call, fails: (operation: Operation) => boolean): Call {
  return (...args) => {
    if (fails(operation)) throw Object.assign(new Error(`EIO: i/o error, ${operation}`), { code: "EIO" });
    return real(...args);
  };
}
