import assert from "node:assert/strict";
import { totalOf } from "../../../internal/core/ledger/ledger.ts";
import { Counters } from "../../../internal/services/counter/counters.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { begin, endsExactly, hitEverywhere, KINDS, leaderOf, ledgerOf, total } from "./story.ts";

/** A cluster whose ledger is in pages and rounds. */
async function beginConverted(kind: (typeof KINDS)[number], seed = 1): Promise<SimCluster> {
  const cluster = await begin(3, kind, seed);
  assert.ok(await cluster.until(() => formatOf(cluster) === 2, 10_000), "the ledger was not converted");
  return cluster;
}

function formatOf({ store }: SimCluster): number {
  const [line = "{}"] = Buffer.from(store.entries.get("head") ?? [])
    .toString("latin1")
    .split("\n");
  return JSON.parse(line || "{}").format;
}

function totalOfCounter(cluster: SimCluster, counter: string): number {
  return Number(totalOf([ledgerOf(cluster).totals.get(counter)?.regions ?? new Map()]));
}

/** Hits of many counters, so that pages are folded in turn. */
function hitMany(cluster: SimCluster, ms: number): void {
  for (let at = 0; at < ms; at += 50)
    cluster.world.after(at, () => cluster.up().forEach((machine) => void cluster.hit(machine, `page-${at % 31}`)));
}

const names = ({ store }: SimCluster, kind: string) =>
  [...store.entries.keys()].filter((name) => name.startsWith(kind)).sort();

/** The ledger lies in the store as pages and rounds, and nothing that happens to leaders or to the store makes it count otherwise. */
describe("histories: pages and rounds", () => {
  for (const kind of KINDS) {
    it(`H62 (${kind}): leaders change more often than all pages have their turn, and rounds are dropped all the same`, async () => {
      const cluster = await beginConverted(kind);
      hitMany(cluster, 60_000);
      for (let i = 0; i < 12; i++) {
        await cluster.run(5_000);
        const leader = leaderOf(cluster);
        cluster.kill(leader);
        await cluster.run(500);
        cluster.start(leader);
      }
      const { layout, version } = ledgerOf(cluster);
      assert.ok(layout && version - layout.tail < 25, `rounds ${layout?.tail} to ${version} are kept`);
      assert.ok(names(cluster, "pages/").length > 20);
      await endsExactly(cluster);
    });

    it(`H65 (${kind}): a round is missing in the middle: the ledger is corrupt, and nothing is committed until it is back`, async () => {
      const cluster = await beginConverted(kind);
      hitMany(cluster, 30_000);
      await cluster.run(6_000);
      cluster.kill(leaderOf(cluster));
      await cluster.run(40);
      const [, name = ""] = names(cluster, "rounds/");
      await isCorruptUntilBack(cluster, name, name);
    });

    for (const [what, folder] of [
      ["a page", "pages/"],
      ["a page's day", "days/"],
    ] as const)
      it(`(${kind}): ${what} is missing: the ledger is corrupt, each leader says which entry, and nothing is committed until it is back`, async () => {
        const cluster = await beginConverted(kind);
        hitMany(cluster, 20_000);
        await cluster.run(8_000);
        cluster.kill(leaderOf(cluster));
        await cluster.run(40);
        const [name = ""] = names(cluster, folder);
        await isCorruptUntilBack(cluster, name, `"${name}" cannot be read: it is missing`);
      });

    it(`H74 (${kind}): only the head is deleted: the store is lost, and the new ledger has no foreign totals`, async () => {
      const cluster = await beginConverted(kind);
      hitMany(cluster, 8_000);
      await cluster.run(10_000);
      for (const machine of cluster.up()) cluster.kill(machine);
      assert.ok(names(cluster, "pages/").length > 0);
      cluster.store.replacing("the head was deleted", () => {
        cluster.store.entries.delete("head");
        cluster.store.headRevision = 0;
        cluster.store.book?.wipe();
      });
      // Nobody is left who knows a ledger: only the entries tell that there was one.
      const fresh = cluster.machine("fresh");
      cluster.start(fresh);
      const says = () =>
        /"(gone|days\/[\d-]+\/\d+|marks\/[^"]+|pages\/\d+|rounds\/\d+)"/.test(
          fresh.life?.node.cluster().storeDetail ?? "",
        );
      assert.ok(await cluster.until(says, 15_000), `it says: ${fresh.life?.node.cluster().storeDetail}`);
      await cluster.run(3_000);
      assert.ok(!cluster.store.entries.has("head"), "a ledger was created among the entries of another one");
      assert.ok(await cluster.adopt());
      const foreign = ["days/", "marks/", "pages/", "rounds/"].flatMap((kind) => names(cluster, kind));
      assert.deepEqual(foreign, [], "foreign entries are left");
      cluster.hit(fresh, "page-1");
      await cluster.run(8_000);
      assert.equal(total(cluster), 1);
    });

    it(`H60 (${kind}): a ledger is converted when the last old node has left, and not before`, async () => {
      const cluster = await begin(2, kind);
      const old = cluster.machine("old");
      cluster.network.older.add("old");
      cluster.start(old);
      hitEverywhere(cluster, 40_000, 90);
      await cluster.run(12_000);
      assert.equal(formatOf(cluster), 1, "converted although a node cannot read it");
      cluster.kill(leaderOf(cluster));
      await cluster.run(8_000);
      assert.equal(formatOf(cluster), 1, "converted although a node cannot read it");
      cluster.drain(old);
      assert.ok(await cluster.until(() => old.life === null, 40_000), "it does not leave");
      assert.ok(await cluster.until(() => formatOf(cluster) === 2, 20_000), "never converted");
      // It comes back: its hits are counted, and it does not keep the key.
      cluster.start(old);
      hitEverywhere(cluster, 20_000, 90);
      await cluster.run(4_000);
      for (const machine of cluster.up()) if (machine !== old) cluster.kill(machine);
      await cluster.run(10_000);
      for (const machine of cluster.machines.values()) cluster.startAgain(machine);
      await cluster.run(25_000);
      assert.notEqual(cluster.leader()?.name, "old");
      assert.equal(formatOf(cluster), 2);
      cluster.drain(old);
      await cluster.run(15_000);
      await endsExactly(cluster);
    });
  }

  it("H70: followers garbled what they heard, and one of them leads and folds its pages: it read the ledger, which stays right", async () => {
    const { adopt } = Counters.prototype;
    try {
      const cluster = await beginConverted("etcd", 2);
      Counters.prototype.adopt = function (change) {
        adopt.call(this, { ...change, totals: change.totals.filter(({ counter }) => counter !== "page-7") });
      };
      hitMany(cluster, 8_000);
      await cluster.run(3_000);
      cluster.kill(leaderOf(cluster));
      await cluster.run(20_000);
      const hits = cluster.accounts.acknowledged.get("page-7") ?? 0;
      assert.ok(hits > 0);
      for (const machine of cluster.machines.values()) cluster.startAgain(machine);
      assert.ok(await cluster.until(() => totalOfCounter(cluster, "page-7") === hits, 10_000), "the ledger is wrong");
    } finally {
      Counters.prototype.adopt = adopt;
    }
  });

  it("a leader dies at any moment around the conversion: nothing is lost or counted twice", async () => {
    for (let moment = 0; moment < 4_000; moment += 95) {
      const cluster = await begin(3, KINDS[moment % 2], moment + 1);
      hitEverywhere(cluster, 6_000, 45);
      await cluster.run(moment);
      const leader = leaderOf(cluster);
      cluster.kill(leader);
      await cluster.run(300);
      cluster.start(leader);
      assert.ok(await cluster.until(() => formatOf(cluster) === 2, 20_000), "never converted");
      await cluster.run(3_000);
      await endsExactly(cluster);
    }
  });

  it("a converted ledger is restored to a backup of format 1, adopted, and converted again", async () => {
    const cluster = await begin(3, "etcd", 3);
    hitEverywhere(cluster, 1_000, 45);
    await cluster.run(1_500);
    assert.equal(formatOf(cluster), 1);
    cluster.store.saveBackup();
    hitEverywhere(cluster, 12_000, 45);
    await cluster.run(8_000);
    assert.equal(formatOf(cluster), 2);
    cluster.store.restore();
    assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "the loss was not reported");
    assert.ok(await cluster.adopt());
    assert.ok(await cluster.until(() => formatOf(cluster) === 2, 20_000), "never converted again");
    await cluster.run(5_000);
    cluster.accounts.checkLedger(cluster.store);
    assert.deepEqual(names(cluster, "totals/"), []);
  });

  it("a backup of format 1 is adopted, and a node of 0.1.0 comes back: names that it cannot read wait until it has left", async () => {
    const cluster = await begin(3, "etcd", 3);
    hitEverywhere(cluster, 1_000, 45);
    await cluster.run(1_500);
    assert.equal(formatOf(cluster), 1);
    cluster.store.saveBackup();
    assert.ok(await cluster.until(() => formatOf(cluster) === 2, 20_000), "never converted");
    await cluster.run(2_000);
    cluster.store.away = true;
    cluster.hit(leaderOf(cluster), "site/page", 7);
    await cluster.run(500);
    cluster.store.away = false;
    cluster.store.restore();
    const old = cluster.machine("old");
    cluster.network.older.add("old");
    cluster.start(old);
    assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 20_000), "the loss was not reported");
    assert.ok(await cluster.adopt());
    hitEverywhere(cluster, 10_000, 90);
    await cluster.run(12_000);
    assert.equal(formatOf(cluster), 1);
    assert.equal(totalOfCounter(cluster, "site/page"), 0, "written where 0.1.0 cannot read it");
    cluster.drain(old);
    assert.ok(await cluster.until(() => old.life === null, 40_000), "it does not leave");
    assert.ok(await cluster.until(() => totalOfCounter(cluster, "site/page") === 7, 30_000), "never counted");
    await cluster.run(5_000);
    cluster.accounts.checkLedger(cluster.store);
  });

  it("a backup of pages and rounds is restored and adopted: all that nodes hold is counted", async () => {
    const cluster = await beginConverted("etcd", 4);
    hitMany(cluster, 14_000);
    await cluster.run(6_000);
    cluster.store.saveBackup();
    await cluster.run(4_000);
    cluster.store.restore();
    assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "the loss was not reported");
    const before = total(cluster);
    assert.ok(await cluster.adopt());
    await cluster.run(20_000);
    assert.ok(total(cluster) > before);
    assert.equal(formatOf(cluster), 2);
    cluster.accounts.checkLedger(cluster.store);
  });
});

/** Deletes an entry, and brings it back: meanwhile all nodes say these words, and nothing is committed. */
async function isCorruptUntilBack(cluster: SimCluster, name: string, words: string): Promise<void> {
  const entry = cluster.store.entries.get(name) as Uint8Array;
  cluster.store.entries.delete(name);
  const says = ({ life }: Machine) => life?.node.cluster().storeDetail.includes(words) === true;
  assert.ok(await cluster.until(() => cluster.up().every(says), 15_000), `nobody says that ${name} is missing`);
  const before = cluster.store.headRevision;
  await cluster.run(3_000);
  assert.equal(cluster.store.headRevision, before, "a corrupt ledger was written");
  cluster.store.entries.set(name, entry);
  await cluster.run(15_000);
  await endsExactly(cluster);
}
