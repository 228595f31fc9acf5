import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { makeFolder } from "../../internal/adapters/disk/folders.ts";
import { openSqlite } from "../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock } from "../../internal/adapters/system/system_clock.ts";
import type { Ledger } from "../../internal/core/ledger/ledger.ts";
import { conversionOf } from "../../internal/core/ledger/transaction.ts";
import type { Store } from "../../internal/ports/store.ts";
import { type ReadingSteps, readLedger } from "../../internal/services/ledger/read_ledger.ts";
import { eventually } from "../eventually.ts";
import { freePort } from "../free_port.ts";
import { needs } from "../needs.ts";
import { EtcdBackend, silentLog } from "../ports/store/store_backends.ts";
import { NodeProcess } from "./node_process.ts";

/** Recorded from nodes of the release 0.1.0: a ledger in both stores, and the journal of a node that was killed with 6 hits pending. */
const RECORDED = join(import.meta.dirname, "recorded_0_1_0");
const JOURNAL = "9b4c765b7b98a94d.journal";
const COUNTED = {
  "page-0": 5,
  "page-1": 6,
  "page-2": 6,
  "page-3": 6,
  "page-4": 6,
  "page-5": 6,
  "page-6": 5,
  visits: 80,
  votes: 5,
};
const STEPS: ReadingSteps = { chunk: async () => true, entry: () => null };
const SEED = "0123456789abcdef";

/** What the release 0.1.0 left is read, counted on, and converted. */
describe("a ledger of the release 0.1.0", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "recorded-"));
    mkdirSync(join(folder, "data", "journals"), { recursive: true });
    copyFileSync(join(RECORDED, "ledger.sqlite"), join(folder, "ledger.sqlite"));
    copyFileSync(join(RECORDED, JOURNAL), join(folder, "data", "journals", JOURNAL));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("in SQLite is read and converted", async () => {
    const open = await openSqlite({
      file: join(folder, "ledger.sqlite"),
      makeFolder,
      clock: systemClock,
      logger: silentLog,
    });
    await convert(open.store);
    await open.close();
  });

  it("in etcd is read and converted", async function () {
    const backend = new EtcdBackend();
    await backend.setUp(this);
    const { store } = await backend.open();
    const recorded = JSON.parse(readFileSync(join(RECORDED, "etcd_entries.json"), "utf8"));
    const puts = new Map(Object.entries<string>(recorded).map(([name, value]) => [name, Buffer.from(value, "base64")]));
    assert.equal((await store.overwrite(0, { puts })).kind, "committed");
    await convert(store);
    await backend.closeAll();
    await backend.tearDown();
  });

  it("and its journal are counted on by a node, which converts the ledger after a minute", async function () {
    const store = join(folder, "ledger.sqlite");
    const flags = ["--store", `sqlite:${store}`, "--data-dir", join(folder, "data"), "--region", "eu-west"];
    const node = new NodeProcess("recorded", await freePort(), flags);
    await node.start();
    try {
      const expected = { ...COUNTED, "pending-0": 3, "pending-1": 3 };
      await eventually(async () => {
        type Answer = { readonly counters: readonly { readonly counter: string; readonly committed: number }[] };
        // A node that does not know all counters yet refuses.
        const answer = await node.get("/v1/counters").catch(() => null);
        const { counters } = (answer as Answer | null) ?? { counters: [] };
        const shown = Object.fromEntries(counters.map(({ counter, committed }) => [counter, committed]));
        return isDeepStrictEqual(shown, expected);
      });
      needs(this, "more time");
      await eventually(async () => (await headOf(store)).format === 2, 120_000);
    } finally {
      await node.kill();
    }
  });
});

/** Reads it, writes it in format 2, and reads it again. */
async function convert(store: Store): Promise<void> {
  const before = await readLedger(store, STEPS);
  assert.ok(before?.ledger);
  assert.equal(before.ledger.layout, null);
  assert.deepEqual(countedIn(before.ledger), COUNTED);
  const conversion = conversionOf(before.ledger, SEED);
  assert.equal((await store.overwrite(before.headRevision, conversion)).kind, "committed");
  const after = await readLedger(store, STEPS);
  assert.ok(after?.ledger?.layout);
  assert.deepEqual(countedIn(after.ledger), COUNTED);
  const { id, version, terms, sources, ended } = before.ledger;
  assert.deepEqual([after.ledger.id, after.ledger.version, after.ledger.terms], [id, version, terms]);
  assert.deepEqual([after.ledger.sources, after.ledger.ended], [sources, ended]);
  const { entries } = await store.scan({ from: "!", to: "~" }, 1_000_000);
  assert.ok(![...entries.keys()].some((name) => name.startsWith("totals/")), `${[...entries.keys()]}`);
}

function countedIn({ totals }: Ledger): Record<string, number> {
  const counted = [...totals].map(([counter, { regions }]): [string, number] => [
    counter,
    [...regions.values()].reduce((sum, total) => sum + Number(total), 0),
  ]);
  return Object.fromEntries(counted.sort());
}

async function headOf(file: string): Promise<{ readonly format: number }> {
  const open = await openSqlite({ file, makeFolder, clock: systemClock, logger: silentLog });
  const { head } = await open.store.readHead();
  await open.close();
  return JSON.parse(
    Buffer.from(head ?? [])
      .toString("latin1")
      .split("\n")[0] ?? "{}",
  );
}
