import assert from "node:assert/strict";
import { clusterState, counterEvent } from "../../../internal/adapters/http/events/state.ts";
import { merged } from "../../../internal/adapters/http/page/browser/model.js";
import { judged } from "../../../internal/adapters/http/page/browser/shown_number.js";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { answerTo, set } from "./adjusting_story.ts";
import { beginKeyed } from "./keyed_story.ts";
import { followersOf, KINDS, leaderOf, ledgerOf } from "./story.ts";

/** A page stays open while its visitor's requests go to one node after the other. Its number is never one that a person has replaced. */
describe("histories: the number of an open page", () => {
  for (const kind of KINDS) {
    it(`H76 (${kind}): a counter is reset, and the next request goes to a node that is a round behind: the page shows the reset`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [one, behind] = followersOf(cluster);
      cluster.hit(one, "visits", 40);
      await cluster.run(3_000);
      const page = new OpenPage();
      for (const machine of cluster.up()) page.hear(machine);
      assert.equal(page.value, 40n);
      for (const { name } of cluster.up()) cluster.network.cut(behind.name, name);
      assert.equal(await answerTo(cluster, one, cluster.key(), set(3n)), "done");
      page.hear(one);
      assert.equal(page.value, 3n);
      assert.equal(behind.life?.node.read("visits")?.value, 40n);
      page.hear(behind);
      assert.equal(page.value, 3n, "the page shows what was reset");
      cluster.hit(leaderOf(cluster), "visits", 2);
      await cluster.run(2_500);
      page.hear(leaderOf(cluster));
      assert.equal(page.value, 5n);
      cluster.network.heal();
      await cluster.run(8_000);
      page.hear(behind);
      assert.equal(page.value, 5n);
      cluster.accounts.checkPages();
    });

    it(`H77 (${kind}): a backup is adopted, and a counter is reset in it: the page shows the reset, whatever generation it saw before`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [one] = followersOf(cluster);
      cluster.hit(one, "visits", 40);
      await cluster.run(3_000);
      cluster.store.saveBackup();
      for (let i = 0; i < 20; i++) {
        cluster.hit(one, "visits");
        await cluster.run(1_000);
      }
      const page = new OpenPage();
      assert.equal(await answerTo(cluster, one, cluster.key(), set(70n)), "done");
      for (const machine of cluster.up()) page.hear(machine);
      assert.equal(page.value, 70n);
      const before = generation(cluster);
      cluster.store.restore();
      assert.ok(await cluster.until(() => cluster.store.entries.has("lost"), 12_000), "the loss was not reported");
      page.hear(one);
      assert.equal(page.value, 70n);
      assert.ok(await cluster.adopt());
      await cluster.run(5_000);
      for (const machine of cluster.up()) page.hear(machine);
      assert.equal(await answerTo(cluster, one, cluster.key(), set(0n)), "done");
      await cluster.run(2_500);
      assert.ok(generation(cluster) < before, "the page saw no later generation");
      for (const machine of cluster.up()) page.hear(machine);
      assert.equal(page.value, 0n, "the page stands still");
      cluster.accounts.checkPages();
    });
  }
});

function generation(cluster: SimCluster): number {
  return ledgerOf(cluster).totals.get("visits")?.generation ?? 0;
}

/** What a browser does with the messages of any node: those of the event stream, judged as the page's script judges them. */
class OpenPage {
  value: bigint | null = null;
  #shown: ReturnType<typeof judged>["shown"] = null;

  /** A request of the page goes to this machine. */
  hear({ life }: Machine): void {
    assert.ok(life);
    const { node, clock } = life;
    const message = { full: true, left: [], counter: counterEvent(node, "visits"), ...clusterState(node, clock) };
    const { said } = merged(null, message).counter;
    const { action, shown } = judged(this.#shown, said);
    this.#shown = shown;
    const value = said.value === null ? null : BigInt(said.value);
    if (action === "replace" || (action === "grow" && value !== null && value > (this.value ?? -1n)))
      this.value = value;
  }
}
