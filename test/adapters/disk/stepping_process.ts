/**
 * A process that does `argv[3]` (see DEEDS) in the data directory `argv[2]` and waits just before `argv[4]` (see STEPS). Then it writes "waits" to
 * standard output, and goes on when the file `argv[5]` is there. At the end it writes "done" or why it was refused, and lives on.
 */
import fs, { existsSync, writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";
import { openDataDirectory } from "../../../internal/adapters/disk/data_directory.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import { type Journal, JournalError } from "../../../internal/ports/journal.ts";
import { OTHER, SOURCE } from "./temporary_directory.ts";

const [path, deed, step, signal] = process.argv.slice(2) as [string, keyof typeof DEEDS, keyof typeof STEPS, string];
const ONE = new Map([["visits", 1]]);
const HITS = {
  region: "eu",
  base: 0,
  firstOffer: null,
  shown: 0,
  segments: [{ from: 0, to: 1, counts: ONE }],
  open: true,
};
let waited = step === "nothing";

/** Each arranges that `wait` is called at its moment. */
const STEPS = {
  nothing: () => {},
  "the new journal gets its name": (wait: () => void) => {
    const { renameSync } = fs;
    const waitThenRename: typeof renameSync = (from, to) => {
      wait();
      renameSync(from, to);
    };
    replace({ renameSync: waitThenRename });
  },
  "the listed journals are opened": (wait: () => void) => {
    const readdirSync = fs.readdirSync as (folder: string) => string[];
    replace({ readdirSync: ((folder: string) => [readdirSync(folder), wait()][0]) as typeof fs.readdirSync });
  },
  "the opened journal is tried": (wait: () => void) => beforeStatement("SELECT", wait),
  "the opened lock file is locked": (wait: () => void) => beforeStatement("PRAGMA", wait),
};

const DEEDS = {
  open: () => {
    arm();
    open();
  },
  create: () => {
    const directory = open();
    arm();
    directory.create(SOURCE, "eu");
  },
  rewrite: () => {
    const journal = journalWithHit();
    arm();
    journal.rewrite({ source: SOURCE, formerly: [], ...HITS });
  },
  "rewrite and lock again": () => {
    const directory = open();
    const journal = directory.create(SOURCE, "eu");
    arm();
    journal.rewrite({ source: SOURCE, formerly: [], ...HITS });
    directory.renew();
    journal.rewrite({ source: SOURCE, formerly: [], ...HITS });
  },
  rename: () => {
    const journal = journalWithHit();
    arm();
    journal.rewrite({ source: OTHER, formerly: [SOURCE], ...HITS });
  },
  recover: () => {
    const directory = open();
    arm();
    directory.recover();
  },
};

try {
  DEEDS[deed]();
  writeSync(1, "done\n");
} catch (error) {
  if (!(error instanceof JournalError)) throw error;
  writeSync(1, `${error.message}\n`);
}
setInterval(() => {}, 1_000);

function open() {
  return openDataDirectory(path, createLog({ format: "text", name: "test", write: () => {} }));
}

function journalWithHit(): Journal {
  const journal = open().create(SOURCE, "eu");
  journal.append(ONE);
  return journal;
}

function arm(): void {
  STEPS[step](() => {
    if (waited) return;
    waited = true;
    writeSync(1, "waits\n");
    while (!existsSync(signal)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  });
}

function replace(functions: Partial<typeof fs>): void {
  Object.assign(fs, functions);
  syncBuiltinESMExports();
}

function beforeStatement(start: string, wait: () => void): void {
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql.startsWith(start)) wait();
    exec.call(this, sql);
  };
}
