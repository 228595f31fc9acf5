import assert from "node:assert/strict";
import { partKey } from "../../../internal/core/keys/part_key.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { answerOf, answerTo, ask, bring, set } from "./adjusting_story.ts";
import { beginKeyed } from "./keyed_story.ts";
import { followersOf, KINDS, leaderOf, ledgerOf, total } from "./story.ts";

/** People set, delete and import counters while nodes and the store fail. Each adjustment is done once, and no answer says more than is known. */
describe("histories: adjustments", () => {
  for (const kind of KINDS) {
    it(`(${kind}): a reset keeps what is committed later, and every node shows it`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [one, other] = followersOf(cluster);
      for (let n = 0; n < 5; n++) cluster.hit(one);
      await cluster.run(2_000);
      cluster.hit(other);
      assert.equal(await answerTo(cluster, one, cluster.key(), set(0n)), "done");
      await cluster.run(3_000);
      const shown = cluster.up().map(({ life }) => life?.node.read("visits")?.value);
      assert.deepEqual(new Set(shown), new Set([BigInt(total(cluster))]));
      assert.ok(total(cluster) <= 1, `${total(cluster)} are left`);
      check(cluster);
    });

    it(`(${kind}): a reset is answered at the moment from which on its node shows it`, async () => {
      const cluster = await beginKeyed(3, kind);
      for (const [at, { life, name }] of cluster.up().entries()) {
        const value = BigInt(1_000 + at);
        const asked = ask(cluster, cluster.up()[at] as Machine, cluster.key(), set(value));
        const times: { shown?: number; answered?: number } = {};
        const isOver = await cluster.until(() => {
          if (life?.node.read("visits")?.committed === value) times.shown ??= cluster.world.now;
          if (asked.answer === "done") times.answered ??= cluster.world.now;
          return times.shown !== undefined && times.answered !== undefined;
        }, 5_000);
        assert.ok(isOver, `no answer from ${name}, which is ${asked.answer}`);
        assert.equal(times.answered, times.shown, `${name} answers at another time than it shows`);
      }
      check(cluster);
    });

    it(`H75 (${kind}): a counter is deleted while hits of it are pending everywhere: it comes back with a later generation`, async () => {
      const cluster = await beginKeyed(3, kind);
      for (const machine of cluster.up()) cluster.hit(machine, "votes", 7);
      await cluster.run(2_000);
      const before = ledgerOf(cluster).totals.get("votes")?.generation ?? 0;
      const answer = answerTo(cluster, leaderOf(cluster), cluster.key(), {
        action: "delete",
        counter: "votes",
        ifMatch: null,
      });
      for (const machine of cluster.up()) cluster.hit(machine, "votes", 2);
      assert.equal(await answer, "done");
      for (const machine of cluster.up()) cluster.hit(machine, "votes", 1);
      await cluster.run(4_000);
      const votes = ledgerOf(cluster).totals.get("votes");
      assert.ok((votes?.generation ?? 0) > before, "the generation is not a later one");
      for (const { life } of cluster.up()) assert.equal(life?.node.read("votes")?.pending, 0);
      check(cluster);
    });

    it(`H80 (${kind}): a leader dies between its commit and its answer: the next one says what was done`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [follower] = followersOf(cluster);
      const leader = leaderOf(cluster);
      const key = cluster.key();
      const asked = ask(cluster, follower, key, bring(5n));
      const { version } = ledgerOf(cluster);
      assert.ok(await cluster.until(() => ledgerOf(cluster).audit.entries === 1, 5_000), "nothing was done");
      assert.ok(ledgerOf(cluster).version > version);
      cluster.kill(leader);
      assert.equal(await answerOf(cluster, asked), "duplicate");
      assert.equal(votes(cluster), 5);
      cluster.start(leader);
      await cluster.run(3_000);
      assert.equal(await answerTo(cluster, leader, key, bring(5n)), "duplicate");
      assert.equal(votes(cluster), 5);
      check(cluster);
    });

    it(`H81 (${kind}): an import ends halfway when its leader dies, and is sent again with two more lines: each line is added once`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [follower] = followersOf(cluster);
      const key = cluster.key();
      const lines = Array.from({ length: 6 }, (_, at) => ({ counter: "votes", value: BigInt(10 ** at), region: null }));
      const answers: string[] = [];
      const sendPart = (line: number, machine: Machine) => {
        const part = lines.slice(line - 1, line + 1);
        return ask(cluster, machine, partKey(key, line), { action: "import", mode: "add", line, lines: part });
      };
      answers.push(await answerOf(cluster, sendPart(1, follower)));
      sendPart(3, follower);
      assert.ok(await cluster.until(() => votes(cluster) === 1_111, 5_000), "the second part is not done");
      // Its answer never comes: the process that sends the file ends with the leader.
      cluster.kill(leaderOf(cluster));
      await cluster.run(5_000);
      for (const line of [1, 3, 5]) answers.push(await answerOf(cluster, sendPart(line, follower)));
      assert.deepEqual(answers, ["done", "duplicate", "duplicate", "done"]);
      assert.equal(votes(cluster), 111_111);
      check(cluster);
    });

    it(`(${kind}): a leader dies between the commit of a delete and its publication: no node goes on showing the counter`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [follower, other] = followersOf(cluster);
      assert.equal(await answerTo(cluster, follower, cluster.key(), bring(5n)), "done");
      assert.ok(await cluster.until(() => other.life?.node.read("votes")?.committed === 5n, 5_000));
      const key = cluster.key();
      const asked = ask(cluster, follower, key, { action: "delete", counter: "votes", ifMatch: null });
      assert.ok(await cluster.until(() => !ledgerOf(cluster).totals.has("votes"), 5_000), "nothing was deleted");
      cluster.kill(leaderOf(cluster));
      assert.equal(await answerOf(cluster, asked), "duplicate");
      await cluster.run(3_000);
      for (const { name, life } of cluster.up())
        assert.equal(life?.node.read("votes")?.committed ?? 0n, 0n, `${name} shows a counter that was deleted`);
      check(cluster);
    });

    it(`(${kind}): the store's answers are lost: each is done once, and the books agree with the answers`, async () => {
      for (let seed = 1; seed <= 6; seed++) {
        const cluster = await beginKeyed(3, kind, seed);
        const keys = Array.from({ length: 6 }, () => cluster.key());
        cluster.store.loseAnswers = 0.4;
        const asked = keys.map((key, at) => ask(cluster, cluster.up()[at % 3] as Machine, key, bring(3n)));
        await cluster.run(6_000);
        cluster.store.loseAnswers = 0;
        await cluster.run(8_000);
        for (const key of keys) {
          const answer = await answerTo(cluster, leaderOf(cluster), key, bring(3n));
          assert.ok(answer === "done" || answer === "duplicate", answer);
        }
        assert.equal(votes(cluster), 18);
        assert.ok(asked.every(({ answer }) => answer !== null));
        check(cluster);
      }
    });

    it(`(${kind}): while the store is away nothing is done, and the same key may be sent again`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [follower] = followersOf(cluster);
      cluster.store.away = true;
      const knows = ({ life }: Machine) => life?.node.cluster().store !== "ok";
      assert.ok(await cluster.until(() => cluster.up().every(knows), 10_000), "nobody notices");
      const key = cluster.key();
      assert.equal(await answerTo(cluster, follower, key, bring(5n)), "store-away false");
      cluster.store.away = false;
      assert.ok(await cluster.until(() => !cluster.up().some(knows), 10_000));
      assert.equal(await answerTo(cluster, follower, key, bring(5n)), "done");
      cluster.hit(follower);
      assert.equal(await answerTo(cluster, follower, key, bring(5n)), "duplicate");
      assert.equal(votes(cluster), 5);
      assert.deepEqual(cluster.adjusted, ["import"], "the metric counts something else");
      check(cluster);
    });
  }
});

function votes(cluster: SimCluster): number {
  return Number(ledgerOf(cluster).totals.get("votes")?.regions.get("other") ?? 0n);
}

/** The books of the history agree with the ledger. */
function check(cluster: SimCluster): void {
  cluster.accounts.checkPages();
  cluster.accounts.adjusting.check();
}
