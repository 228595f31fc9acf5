import { writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { makeFolder } from "../../../internal/adapters/disk/folders.ts";
import { openSqlite } from "../../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import type { CommitOutcome } from "../../../internal/ports/store.ts";
import { silentLog } from "../../ports/store/store_backends.ts";
import { writesOf } from "./commits.ts";

/** Commits to the store `file` from `first` to `last`, and says before each `begins N`, and after it `committed N REVISION`. */
const [file, first, last, end] = process.argv.slice(2) as [string, string, string, "close" | "killed" | "checkpoint"];
const { store, close } = await openSqlite({ file, makeFolder, clock: systemClock, logger: silentLog });
let { headRevision } = await store.readHead();
for (let number = Number(first); number <= Number(last); number++) {
  say(`begins ${number}`);
  const outcome: CommitOutcome = await store.overwrite(headRevision, writesOf(number));
  if (outcome.kind !== "committed") throw new Error(`Commit ${number} was refused`);
  headRevision = outcome.headRevision;
  say(`committed ${number} ${headRevision}`);
  // As after a thousand pages, or by a program that makes a backup: the next commit begins its write-ahead log anew.
  if (end === "checkpoint" && number === Number(first)) checkpoint();
}
if (end === "close") await close();
process.exit();

function checkpoint(): void {
  const other = new DatabaseSync(file);
  other.exec("PRAGMA wal_checkpoint(PASSIVE)");
  other.close();
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
