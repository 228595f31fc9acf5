import assert from "node:assert/strict";
import { emptyLedger, type Ledger, watermarkOf } from "../../../internal/core/ledger/ledger.ts";
import { encodeLedger } from "../../../internal/core/ledger/ledger_encoding.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { rebasedId } from "../../../internal/core/ledger/log_assessment.ts";
import { totalsOf } from "../../core/samples.ts";
import { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { begin, FORGETFUL, followersOf, forgetEnded, hitEverywhere, KINDS, leaderOf, total } from "./story.ts";

function ledgerOf(cluster: SimCluster): Ledger {
  const ledger = decodeLedger(cluster.store.entries);
  assert.ok(ledger);
  return ledger;
}

const [FORGOTTEN, MIDDLE, FOUND] = ["1111111111111111", "2222222222222222", "3333333333333333"] as const;
const SOURCE = "aaaaaaaaaaaaaaaa";

/**
 * Five hits of a log that was first offered to a ledger which nobody remembers. That ledger was adopted, another holder rebased the log and
 * had its hits counted, and then the second ledger was adopted, too.
 */
function adoptedTwice(): Ledger {
  const rebased = rebasedId(SOURCE, { next: MIDDLE });
  return {
    ...emptyLedger(FOUND, [{ ledger: MIDDLE, next: FOUND, version: 6, clean: true }]),
    version: 7,
    terms: [{ writer: "writer", from: 6 }],
    totals: totalsOf(new Map([["visits", new Map([["eu", 5n]])]])),
    sources: new Map([[rebased, 5]]),
  };
}

describe("histories: ledgers that forked", () => {
  for (const kind of KINDS) {
    it(`(${kind}): a store is restored and written on past what a sleeping node saw: its page stands still, and the loss is reported`, async () => {
      for (let seed = 1; seed <= 5; seed++) {
        const cluster = await begin(3, kind, seed);
        cluster.store.saveBackup();
        hitEverywhere(cluster, 4_000, 50);
        await cluster.run(5_000);
        const [sleeper] = followersOf(cluster);
        const seen = sleeper.life?.node.cluster().ledger?.version ?? 0;
        cluster.pause(sleeper);
        for (const machine of cluster.up()) if (machine !== sleeper) cluster.kill(machine);
        for (const machine of [...cluster.machines.values()]) if (!machine.life) cluster.machines.delete(machine.name);
        cluster.store.restore();
        const fresh = cluster.machine("fresh");
        cluster.start(fresh);
        for (let second = 0; second < 30 && ledgerOf(cluster).version <= seen + 1; second++) {
          cluster.hit(fresh);
          await cluster.run(1_000);
        }
        assert.ok(ledgerOf(cluster).version > seen, "the ledger is not past what the sleeper saw");
        cluster.wake(sleeper);
        assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 20_000), "the loss was not reported");
        cluster.accounts.checkPages();
      }
    });
  }

  it("a store is wiped, and a paused leader's streams are still open: the next leader hears what nodes know, and creates no ledger", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = await begin(3, "etcd", seed);
      hitEverywhere(cluster, 2_000, 50);
      await cluster.run(3_000);
      // In a wiped store epochs begin low again, so the paused leader's epoch is later than its successor's.
      cluster.store.revision += 1_000;
      cluster.kill(leaderOf(cluster));
      assert.ok(await cluster.until(() => cluster.leader() !== undefined, 10_000));
      await cluster.run(2_000);
      cluster.pause(leaderOf(cluster));
      // Like in Kubernetes, where the list of nodes is not in the store.
      const members = [...cluster.store.members];
      cluster.store.wipe();
      for (const [id, member] of members) cluster.store.members.set(id, member);
      cluster.start(cluster.machine("fresh"));
      assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 30_000), "the loss was not reported");
      assert.ok(decodeLedger(cluster.store.entries) === null, "a ledger was created although nodes know one");
    }
  });

  it("a log was counted in a ledger that was adopted and is forgotten: after another adoption it is kept and reported, not counted again", async () => {
    const cluster = new SimCluster(1, "etcd");
    const { store } = cluster;
    store.write(store.headRevision, { puts: encodeLedger(adoptedTwice()) }, null);
    cluster.start(cluster.machine("other"));
    const holder = cluster.machine("holder");
    const segments = [{ from: 0, to: 5, counts: new Map([["visits", 5]]) }];
    const firstOffer = { id: FORGOTTEN, version: 1 };
    holder.disk?.store({ source: SOURCE, formerly: [], region: "eu", base: 0, firstOffer, shown: 0, segments });
    holder.disk?.recordKnownLedger({ id: FORGOTTEN, version: 1, writer: "" });
    cluster.start(holder);
    assert.ok(await cluster.until(() => store.entries.has("lost"), 20_000), "the foreign node was not reported");
    assert.ok(await cluster.adopt());
    await cluster.run(10_000);
    assert.equal(total(cluster), 5, "hits were counted twice");
    assert.equal(holder.life?.node.statistics().indeterminate, 5);
    assert.equal(watermarkOf(ledgerOf(cluster), SOURCE), undefined);
  });

  it("another holder's part of a log was counted in an adopted ledger and is forgotten: after another adoption it is kept and reported", async () => {
    const cluster = await begin(3, "etcd", 1, { retention: FORGETFUL });
    const [node, other] = followersOf(cluster);
    for (let i = 0; i < 5; i++) cluster.hit(node);
    await cluster.run(2_500);
    for (const { name } of cluster.up()) if (name !== node.name) cluster.network.cut(node.name, name);
    for (let i = 0; i < 4; i++) cluster.hit(node);
    await cluster.run(100);
    cluster.kill(node);
    await restoreAndAdopt(cluster, other);
    const copy = cluster.machine("copy");
    copy.disk = node.disk?.copy() ?? null;
    cluster.start(copy);
    assert.ok(await cluster.until(() => total(cluster) === 9, 10_000), "the copy was not counted");
    cluster.drain(copy);
    assert.ok(await cluster.until(() => copy.life === null, 20_000));
    await forgetEnded(cluster);
    const before = total(cluster);
    await restoreAndAdopt(cluster, other);
    cluster.network.heal();
    cluster.start(node);
    await cluster.run(8_000);
    assert.equal(total(cluster), before, "hits were counted twice");
    assert.equal(node.life?.node.statistics().indeterminate, 4);
  });
});

/** A backup is made, `busy` gets a hit and sees it committed, the backup is restored, and a person adopts it. */
async function restoreAndAdopt(cluster: SimCluster, busy: Machine): Promise<void> {
  cluster.store.saveBackup();
  cluster.hit(busy);
  await cluster.run(2_500);
  cluster.store.restore();
  assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 20_000), "the loss was not reported");
  assert.ok(await cluster.adopt());
  await cluster.run(3_000);
}
