import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

type Operation =
  | "writeSync"
  | "ftruncateSync"
  | "fdatasyncSync"
  | "fsyncSync"
  | "renameSync"
  | "rmSync"
  | "openSync"
  | "closeSync";

const ALL: readonly Operation[] = [
  "writeSync",
  "ftruncateSync",
  "fdatasyncSync",
  "fsyncSync",
  "renameSync",
  "rmSync",
  "openSync",
  "closeSync",
];

/** An error after these does not say that nothing happened: Linux frees a descriptor in any case, and a network file system answers late. */
const DONE_ALL_THE_SAME: ReadonlySet<Operation> = new Set(["closeSync"]);

/**
 * Runs `body` while each of `operations` for which `fails` is true fails with EIO. The one stand-in for a disk here: a real one
 * that refuses to cut, sync or rename at a chosen moment does not exist. `done`: operations that take effect all the same.
 */
export function withBrokenDisk(
  fails: (operation: Operation) => boolean,
  body: () => void,
  done: ReadonlySet<Operation> = DONE_ALL_THE_SAME,
): void {
  const real = Object.fromEntries(ALL.map((operation) => [operation, fs[operation]]));
  for (const operation of ALL) {
    const call = real[operation] as Call;
    Object.assign(fs, { [operation]: breaking(operation, call, fails, done.has(operation)) });
  }
  syncBuiltinESMExports();
  try {
    body();
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
}

type Call = (...args: unknown[]) => unknown;

function breaking(operation: Operation, real: Call, fails: (operation: Operation) => boolean, done: boolean): Call {
  return (...args) => {
    if (!fails(operation)) return real(...args);
    if (done) real(...args);
    throw Object.assign(new Error(`EIO: i/o error, ${operation}`), { code: "EIO" });
  };
}
