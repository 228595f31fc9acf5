import { openEtcd } from "../../../internal/adapters/etcd/open_etcd.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import type { Store } from "../../../internal/ports/store.ts";
import { EtcdProcess } from "../../adapters/etcd/etcd_process.ts";
import { SqliteFile } from "../../adapters/sqlite/sqlite_file.ts";
import { programFile } from "../../needs.ts";
import { LargeLedger, type Reading, readInPieces, readingText } from "../../ports/store/large_ledger.ts";
import { silentLog } from "../../ports/store/store_backends.ts";
import type { Effort, Line, Row } from "../row.ts";

const PAUSE_GOAL_MS = 50;

/** Reading a store with 1,000,000 counters in pieces: how long, and for how long nothing else can happen. */
export const largeStore: Row = {
  name: "large-store",
  async run(effort) {
    return [await inSqlite(effort), programFile("etcd") ? await inEtcd(effort) : missing()];
  },
};

async function inSqlite(effort: Effort): Promise<Line> {
  const file = new SqliteFile();
  try {
    return await measured("SQLite", (await file.open()).store, effort);
  } finally {
    await file.end();
  }
}

async function inEtcd(effort: Effort): Promise<Line> {
  const etcd = await EtcdProcess.start({ syncs: true });
  const { store, close } = openEtcd({ endpoints: [etcd.endpoint], clock, logger: silentLog });
  try {
    return await measured("etcd", store, effort);
  } finally {
    await close();
    await etcd.stop();
  }
}

async function measured(name: string, store: Store, effort: Effort): Promise<Line> {
  const ledger = new LargeLedger(store);
  await ledger.fill();
  effort.say(`${name} is filled`);
  const reading = await read(store);
  return {
    measure: `${name} with the pages and rounds of 1,000,000 counters, 55 MB, read in pieces of 1 MB`,
    goal: `longest pause <= ${PAUSE_GOAL_MS} ms of CPU`,
    result: readingText(reading),
    reached: reading.pieceCpuMs <= PAUSE_GOAL_MS,
  };
}

/** The first time warms up the code that reads. */
async function read(store: Store): Promise<Reading> {
  await readInPieces(store, () => {});
  return readInPieces(store, () => {});
}

function missing(): Line {
  const result = "no etcd found: put etcd 3.6 on the PATH or name it in ETCD_BINARY";
  return { measure: "etcd with 1,000,000 counters, read in pieces", goal: "-", result, reached: null };
}
