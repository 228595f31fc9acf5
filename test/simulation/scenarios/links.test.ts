import assert from "node:assert/strict";
import type { AdjustmentChange } from "../../../internal/core/ledger/adjustment.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { beginKeyed } from "./keyed_story.ts";
import { followersOf, KINDS, leaderOf, ledgerOf } from "./story.ts";

const THERE = "https://example.org/there";
const ELSEWHERE = "https://example.org/elsewhere";
/** Counters beside the link: with parts of one counter, a copy of all takes rounds. */
const OTHERS = 20;

/** An admin sets a link through one node. Every node leads visitors there from then on, and never back to where it led before. */
describe("histories: links", () => {
  for (const kind of KINDS) {
    it(`(${kind}): the leader that set it dies: others go on, and who starts again or comes new knows it`, async () => {
      const cluster = await beginKeyed(3, kind);
      const leader = leaderOf(cluster);
      assert.equal(await set(cluster, followersOf(cluster)[0], link(THERE)), "done");
      await cluster.run(2_000);
      mustLead(cluster, THERE);
      cluster.kill(leader);
      assert.ok(await cluster.until(() => cluster.leader() !== undefined && cluster.leader() !== leader, 15_000));
      mustLead(cluster, THERE);
      cluster.start(leader);
      cluster.start(cluster.machine("new"));
      await cluster.run(5_000);
      mustLead(cluster, THERE);
      cluster.accounts.checkPages();
      cluster.accounts.adjusting.check();
    });

    it(`(${kind}): a leader dies between its commit and its publication: the next one tells it`, async () => {
      const cluster = await beginKeyed(3, kind);
      assert.equal(await set(cluster, leaderOf(cluster), link(ELSEWHERE)), "done");
      const [asked] = followersOf(cluster);
      const leader = leaderOf(cluster);
      const answer = ask(cluster, asked, link(THERE));
      assert.ok(await cluster.until(() => ledgerOf(cluster).links.get("news") === THERE, 5_000), "it is not committed");
      cluster.kill(leader);
      assert.equal(await answerOf(cluster, answer), "duplicate");
      await cluster.run(5_000);
      mustLead(cluster, THERE);
      cluster.accounts.adjusting.check();
    });

    it(`(${kind}): a node that was cut off while it changed leads where it leads now`, async () => {
      const cluster = await beginKeyed(3, kind);
      assert.equal(await set(cluster, leaderOf(cluster), link(THERE)), "done");
      await cluster.run(2_000);
      const [other, cutOff] = followersOf(cluster);
      cluster.kill(cutOff);
      assert.equal(await set(cluster, other, link(ELSEWHERE)), "done");
      assert.equal(await set(cluster, other, { action: "link", counter: "votes", url: THERE }), "done");
      for (let n = 0; n < 5; n++) {
        cluster.hit(other, "visits");
        await cluster.run(1_000);
      }
      cluster.start(cutOff);
      await cluster.run(5_000);
      mustLead(cluster, ELSEWHERE);
      assert.equal(await set(cluster, cutOff, { action: "unlink", counter: "news" }), "done");
      await cluster.run(2_000);
      mustLead(cluster, undefined);
      for (const { life } of cluster.up()) assert.equal(life?.node.adjusting.links()?.get("votes"), THERE);
    });

    it(`(${kind}): a store is restored and adopted: all nodes lead where the backup says`, async () => {
      const cluster = await beginKeyed(3, kind);
      assert.equal(await set(cluster, leaderOf(cluster), link(THERE)), "done");
      await cluster.run(2_000);
      cluster.store.saveBackup();
      assert.equal(await set(cluster, leaderOf(cluster), link(ELSEWHERE)), "done");
      await cluster.run(3_000);
      mustLead(cluster, ELSEWHERE);
      cluster.store.restore();
      assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "the loss was not reported");
      // What people were shown does not change before a person has decided.
      mustLead(cluster, ELSEWHERE);
      assert.ok(await cluster.adopt());
      await cluster.run(8_000);
      mustLead(cluster, THERE);
    });

    it(`(${kind}): the head is deleted, and what is left adopted: no node leads anywhere, and no link is left`, async () => {
      const cluster = await beginKeyed(3, kind);
      assert.equal(await set(cluster, leaderOf(cluster), link(THERE)), "done");
      await cluster.run(3_000);
      cluster.store.replacing("the head was deleted", () => {
        cluster.store.entries.delete("head");
        cluster.store.headRevision = 0;
        cluster.store.book?.wipe();
      });
      cluster.hit(leaderOf(cluster));
      assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "the loss was not reported");
      assert.ok(await cluster.adopt());
      const left = [...cluster.store.entries.keys()].filter((name) => name.startsWith("links/"));
      assert.deepEqual(left, [], "links of another ledger are left");
      await cluster.run(8_000);
      mustLead(cluster, undefined);
    });
  }

  it("a node that gets a copy of all totals part by part knows them from its first part on", async () => {
    const cluster = await beginKeyed(3, "etcd", 1, { copies: { countersInPart: 1 } });
    assert.equal(await set(cluster, leaderOf(cluster), link(THERE)), "done");
    for (let n = 0; n < OTHERS; n++) cluster.hit(leaderOf(cluster), `counter-${n}`);
    await cluster.run(3_000);
    const fresh = cluster.machine("new");
    cluster.start(fresh);
    assert.equal(linkOf(fresh), "not known");
    const isCopying = () => fresh.life?.node.complete() === false && fresh.life.node.sum() !== null;
    assert.ok(await cluster.until(isCopying, 10_000), "no copy is under way");
    assert.equal(linkOf(fresh), THERE);
    assert.equal(await set(cluster, leaderOf(cluster), link(ELSEWHERE)), "done");
    assert.ok(
      await cluster.until(() => fresh.life?.node.complete() === true, 20_000),
      "the copy did not come to an end",
    );
    // The answer comes with the snapshot of the node that was asked. Those of other nodes may be on their way.
    await cluster.run(100);
    mustLead(cluster, ELSEWHERE);
  });
});

function link(url: string): AdjustmentChange {
  return { action: "link", counter: "news", url };
}

/** Where this node leads visitors of the link. */
function linkOf({ life }: Machine): string | undefined {
  const links = life?.node.adjusting.links();
  return links === null ? "not known" : links?.get("news");
}

/** Every node leads there. */
function mustLead(cluster: SimCluster, url: string | undefined): void {
  for (const machine of cluster.up()) assert.equal(linkOf(machine), url, machine.name);
}

interface Asked {
  answer: string | null;
}

function ask(cluster: SimCluster, machine: Machine, change: AdjustmentChange): Asked {
  const asked: Asked = { answer: null };
  const isSent = cluster.adjust(machine, cluster.key(), change, (outcome) => {
    if (outcome.done !== true) asked.answer = `${outcome.reason} ${outcome.done}`;
    else asked.answer = outcome.duplicate ? "duplicate" : "done";
  });
  assert.ok(isSent, `${machine.name} does not run`);
  return asked;
}

async function answerOf(cluster: SimCluster, asked: Asked): Promise<string> {
  assert.ok(await cluster.until(() => asked.answer !== null, 14_000), "no answer in 14 s");
  return String(asked.answer);
}

function set(cluster: SimCluster, machine: Machine, change: AdjustmentChange): Promise<string> {
  return answerOf(cluster, ask(cluster, machine, change));
}
