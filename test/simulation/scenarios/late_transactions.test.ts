import assert from "node:assert/strict";
import { heal } from "../history.ts";
import { begin, commitBesides, elections, endsExactly, hitEverywhere, KINDS, transactionOf } from "./story.ts";

/** A transaction whose outcome its leader does not know counts once, whether it applies late, at once or never. */
describe("histories: late transactions", () => {
  for (const kind of KINDS) {
    it(`H10 (${kind}): the ledger changes between a leader's read and its commit`, async () => {
      const cluster = await begin(3, kind);
      hitEverywhere(cluster, 3_000);
      await cluster.run(1_200);
      await commitBesides(cluster, 50);
      await endsExactly(cluster);
    });
  }

  it("H20: a transaction of unknown outcome applies late: the leader goes on leading", async () => {
    const cluster = await begin(3);
    hitEverywhere(cluster, 6_000);
    for (let i = 0; i < 3; i++) {
      cluster.store.loseAnswers = 1;
      await cluster.run(300);
      cluster.store.loseAnswers = 0;
      await cluster.run(1_500);
    }
    assert.equal(elections(cluster), 1);
    await endsExactly(cluster);
  });

  for (const kind of KINDS)
    it(`(${kind}) a store is wiped and adopted, and its epochs and revisions begin anew: a former leader's transaction has no effect`, async () => {
      const cluster = await begin(3, kind);
      const { store } = cluster;
      hitEverywhere(cluster, 3_000, 100);
      await cluster.run(3_000);
      const holder = store.leader;
      assert.ok(holder);
      const late = transactionOf(cluster, new Map([["visits", 50]]));
      store.wipe();
      assert.ok(await cluster.until(() => store.entries.has("lost"), 20_000), "the loss was not reported");
      assert.ok(await cluster.adopt());
      const { leader, headRevision } = store;
      assert.ok(leader);
      // The numbers of the former leader have come again.
      const outcome = store.write(headRevision, late, { epoch: leader.epoch, nonce: holder.nonce });
      assert.equal(outcome.kind, "refused");
      await heal(cluster);
      cluster.accounts.checkLedger(store);
      cluster.accounts.checkPages();
    });

  it("a commit has no answer, a restore undoes it and brings the leader key back, and the leader commits again: no two ledgers are at one position", async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = await begin(3, "etcd", seed);
      const { store } = cluster;
      const { headRevision } = store;
      store.saveBackup();
      const write = store.write.bind(store);
      let undone = false;
      store.write = (...transaction) => {
        const outcome = write(...transaction);
        if (outcome.kind === "refused" || undone) return outcome;
        store.loseAnswers = 1;
        undone = true;
        cluster.world.after(1, () => {
          store.loseAnswers = 0;
          store.restore(true);
        });
        return outcome;
      };
      for (const machine of cluster.up()) cluster.hit(machine);
      assert.ok(await cluster.until(() => undone, 3_000), "nothing was committed");
      await cluster.run(10);
      assert.equal(store.headRevision, headRevision);
      assert.ok(await cluster.until(() => store.headRevision > headRevision, 5_000), "nothing was committed again");
      assert.equal(elections(cluster), 1);
      await heal(cluster);
      cluster.accounts.checkLedger(store);
      cluster.accounts.checkPages();
    }
  });

  it("H20: transactions reach the store after their leader gave up on them", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = await begin(3, "etcd", seed);
      hitEverywhere(cluster, 6_000, 50);
      cluster.store.delayCalls = 0.4;
      await cluster.run(5_000);
      await endsExactly(cluster);
    }
  });
});
