import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeFolder } from "../../internal/adapters/disk/folders.ts";
import { openEtcd } from "../../internal/adapters/etcd/open_etcd.ts";
import { openSqlite } from "../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import { HEAD } from "../../internal/core/ledger/head_encoding.ts";
import { PAGE_NAMES } from "../../internal/core/ledger/pages_encoding.ts";
import { ROUND_NAMES } from "../../internal/core/ledger/round_encoding.ts";
import type { EntryRange, Store } from "../../internal/ports/store.ts";
import { entriesOf, ledgerOf } from "../bench/many_counters_ledger.ts";
import { needs } from "../needs.ts";
import { silentLog as logger } from "../ports/store/store_backends.ts";
import { committedIn, type RealCluster, storeStates } from "./real_cluster.ts";
import { onEtcd, onSqlite } from "./stores.ts";

const run = promisify(execFile);
const ADOPT = fileURLToPath(new URL("../../cmd/adopt.ts", import.meta.url));
/** Each has a page of its own, or nearly. The nodes list them all at once. */
const COUNTERS = 60;
/** In more than one round a leader would have written. */
const QUIET_MS = 1_500;
const ALL_NAMES = { from: "!", to: "~" };
const CHUNK_BYTES = 1_000_000;
/** On a busy machine, for a test that takes half a minute on another one. */
const TEST_MS = 600_000;

/** What these tests do with a store besides letting nodes use it. */
interface StoreInHand {
  readonly flag: string;
  with<T>(act: (store: Store) => Promise<T>): Promise<T>;
  backUp(): Promise<void>;
  /** Puts it back to its backup. */
  restore(): Promise<void>;
}

interface Entry {
  readonly name: string;
  readonly value: Uint8Array;
}

/** An entry that is damaged, and what it is replaced with; null: it is deleted. */
interface Damage {
  readonly range: EntryRange;
  readonly damaged: ((value: Uint8Array) => Uint8Array) | null;
  /** What every node says of it. */
  readonly said: (name: string) => string;
}

const PAGE_CHANGED: Damage = { range: PAGE_NAMES, damaged: digitChanged, said: (name) => `"${name}"` };
const PAGE_MISSING: Damage = {
  range: PAGE_NAMES,
  damaged: null,
  said: (name) => `the store's entry "${name}" cannot be read: it is missing`,
};
const ROUND_MISSING: Damage = { range: ROUND_NAMES, damaged: null, said: (name) => `${name}, is missing` };
const ROUND_CUT_SHORT: Damage = {
  range: ROUND_NAMES,
  damaged: (value) => value.subarray(0, value.length - 1),
  said: (name) => `the store's entry "${name}" cannot be read`,
};

/**
 * Over a page or a round that is damaged or missing, the leader says which entry it is, and writes nothing; so does the next leader. Hits are
 * taken, and are counted after the repair, or in the backup that a person adopts.
 */
describe("a ledger with pages and rounds that cannot be read", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "damaged-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const tests = (start: (flag: string) => Promise<RealCluster>, inHand: () => StoreInHand) => {
    it("a page that changed, a page and a round that are missing: goes on after each repair", async function () {
      needs(this, "more time");
      this.timeout(TEST_MS);
      const store = inHand();
      await store.with(fill);
      const cluster = await start(store.flag);
      await counting(cluster);
      for (const damage of [PAGE_CHANGED, PAGE_MISSING, ROUND_MISSING]) {
        const entry = await store.with((open) => harm(open, damage));
        await cannotBeRead(cluster, store, damage.said(entry.name));
        if (damage === ROUND_MISSING) {
          await killLeader(cluster);
          await cannotBeRead(cluster, store, damage.said(entry.name));
        }
        await store.with((open) => repair(open, entry));
        await cluster.leader();
      }
      await cluster.startAll();
      await cluster.assertExact();
    });

    it("a round that is cut short: goes on from a backup that a person adopts", async function () {
      needs(this, "more time");
      this.timeout(TEST_MS);
      const store = inHand();
      await store.with(fill);
      const cluster = await start(store.flag);
      await counting(cluster);
      await cluster.load.stop();
      const inCopy = await cluster.healed();
      await store.backUp();
      await cluster.leader();
      await counting(cluster);
      const { name } = await store.with((open) => harm(open, ROUND_CUT_SHORT));
      const said = ROUND_CUT_SHORT.said(name);
      await cannotBeRead(cluster, store, said);
      await assert.rejects(adopt(store), (error: Error) => error.message.includes(`Not adopted: ${said}`));
      await store.restore();
      await allSay(cluster, "lost");
      // Requests that wait for the commit stay open until the store is adopted.
      const stopped = cluster.load.stop();
      const shown = await committedIn(cluster);
      cluster.load.forgetValues();
      assert.match((await adopt(store)).stdout, /Adopted\./);
      await cluster.leader();
      await stopped;
      const lost = Object.entries(shown).map(([counter, total]) => [counter, total - (inCopy[counter] ?? 0)]);
      assert.ok(
        lost.some(([, hits]) => Number(hits) > 0),
        "hits were committed after the backup",
      );
      await cluster.assertExact({ lost: Object.fromEntries(lost) });
    });
  };

  onSqlite((store) => {
    let files = 0;
    tests(
      (flag) => store.cluster({ store: flag }),
      () => sqliteAt(join(folder, `store-${++files}.sqlite`)),
    );
  });

  onEtcd((store) => {
    tests(
      (flag) => store.cluster({ store: flag }),
      () => ({
        flag: `etcd://${store.etcd.endpoint}`,
        with: (act) => using(openEtcd({ endpoints: [store.etcd.endpoint], clock, logger }), act),
        backUp: () => store.etcd.backUp(),
        restore: () => store.etcd.restore(),
      }),
    );
  });
});

function sqliteAt(file: string): StoreInHand {
  const copy = `${file}.copy`;
  return {
    flag: `sqlite:${file}`,
    with: async (act) => using(await openSqlite({ file, makeFolder, clock, logger }), act),
    async backUp() {
      const db = new DatabaseSync(file, { timeout: 1_000 });
      db.exec(`VACUUM INTO '${copy}'`);
      db.close();
    },
    async restore() {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
      renameSync(copy, file);
    },
  };
}

async function using<T>(
  { store, close }: { readonly store: Store; close(): Promise<void> },
  act: (store: Store) => Promise<T>,
): Promise<T> {
  try {
    return await act(store);
  } finally {
    await close();
  }
}

/** Pages are folded when rounds are many: so few hits as a test has would leave no page. */
async function fill(store: Store): Promise<void> {
  const outcome = await store.overwrite(0, { puts: new Map(entriesOf(ledgerOf(COUNTERS))) });
  assert.equal(outcome.kind, "committed");
}

/**
 * Damages the first entry of a range, and returns what it was. `head` is written too, as it is: a leader that works finds its next transaction
 * refused and reads the ledger again; otherwise it could go on for long, and delete the entry in its turn.
 */
async function harm(store: Store, { range, damaged }: Damage): Promise<Entry> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const { head, headRevision } = await store.readHead();
    const [[name, value] = []] = (await store.scan(range, 1)).entries;
    assert.ok(head && name && value, `there is nothing from ${range.from} on`);
    const puts = new Map([[HEAD, head], ...(damaged ? [[name, damaged(value)] as const] : [])]);
    const ranges = damaged ? [] : [{ from: name, to: `${name}!` }];
    if ((await store.overwrite(headRevision, { puts, ranges })).kind === "committed") return { name, value };
  }
  throw new Error("the leader was faster every time");
}

async function repair(store: Store, { name, value }: Entry): Promise<void> {
  const { headRevision } = await store.readHead();
  const outcome = await store.overwrite(headRevision, { puts: new Map([[name, value]]) });
  assert.equal(outcome.kind, "committed");
}

function digitChanged(page: Uint8Array): Uint8Array {
  const text = Buffer.from(page).toString("latin1");
  const other = text.replace(/"(\d)(\d*)"\}/, (_, first, rest) => `"${first === "9" ? 8 : Number(first) + 1}${rest}"}`);
  assert.notEqual(other, text, "a page has totals");
  return Buffer.from(other, "latin1");
}

/** Resolves when there is load, and a part of it is committed that was not before. */
async function counting(cluster: RealCluster): Promise<void> {
  const before = await hitsIn(cluster);
  cluster.load.start();
  await cluster.acknowledged(150);
  await cluster.until("hits are committed", async () => (await hitsIn(cluster)) > before);
}

async function hitsIn(cluster: RealCluster): Promise<number> {
  const { visits = 0, triples = 0 } = await committedIn(cluster);
  return visits + triples;
}

/** All nodes say so, and no leader writes anything, while hits are taken. */
async function cannotBeRead(cluster: RealCluster, store: StoreInHand, said: string): Promise<void> {
  await cluster.until(`all say "${said}"`, async () => {
    const views = await Promise.all(cluster.running.map((node) => node.view()));
    return views.every((view) => view?.store === "corrupt" && view.storeDetail.includes(said));
  });
  const before = await store.with(contentOf);
  await cluster.acknowledged(100);
  await sleep(QUIET_MS);
  const after = await store.with(contentOf);
  const written = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  assert.deepEqual(written, [], "something was written");
}

/** All entries, in hex. */
async function contentOf(store: Store): Promise<Map<string, string>> {
  const content = new Map<string, string>();
  for (let from: string | null = ALL_NAMES.from; from !== null; ) {
    const { entries, next } = await store.scan({ from, to: ALL_NAMES.to }, CHUNK_BYTES);
    for (const [name, value] of entries) content.set(name, Buffer.from(value).toString("hex"));
    from = next;
  }
  return content;
}

/** Resolves when another node leads. */
async function killLeader(cluster: RealCluster): Promise<void> {
  const views = await Promise.all(cluster.running.map((node) => node.view()));
  const at = views.findIndex((view) => view?.node === view?.leader);
  const leader = cluster.running[at];
  assert.ok(leader, "one of the nodes leads");
  const { epoch } = views[at]!;
  await leader.kill();
  await cluster.until("another node leads", async () => {
    const now = await Promise.all(cluster.running.map((node) => node.view()));
    return now.every((view) => view !== null && view.epoch !== epoch);
  });
}

async function allSay(cluster: RealCluster, state: string): Promise<void> {
  await cluster.until(
    `all say ${state}`,
    async () => (await storeStates(cluster)).every((said) => said === state),
    40_000,
  );
}

function adopt(store: StoreInHand): Promise<{ readonly stdout: string }> {
  return run(process.execPath, [ADOPT, "--yes", "--store", store.flag]);
}
