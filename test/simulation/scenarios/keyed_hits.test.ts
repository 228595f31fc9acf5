import assert from "node:assert/strict";
import { needs } from "../../needs.ts";
import { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { answerOf, answerTo, beginKeyed, send, untilCounted } from "./keyed_story.ts";
import { endsExactly, followersOf, KINDS, leaderOf, ledgerOf, total } from "./story.ts";

/** Counters of one batch. With names of 128 characters, three such batches are more than a round takes. */
const LARGE_BATCH = 1_600;

/**
 * Requests with an idempotency key count once, whichever nodes they reach. They are acknowledged when they are committed, and no answer says
 * more than is known.
 */
describe("histories: keyed hits", () => {
  for (const kind of KINDS) {
    it(`(${kind}): a request with a key is counted, acknowledged, and a duplicate when it is sent again`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [one, other] = followersOf(cluster);
      const key = cluster.key();
      assert.equal(await answerTo(cluster, one, key), "counted");
      assert.equal(total(cluster), 1);
      assert.equal(await answerTo(cluster, other, key), "duplicate");
      assert.equal(ledgerOf(cluster).keyedSum, 1n);
      await endsExactly(cluster);
    });

    it(`H48 (${kind}): a leader that led before knows the keys that another one counted`, async () => {
      const cluster = await beginKeyed(2, kind);
      const first = leaderOf(cluster);
      const [second] = cluster.up().filter((machine) => machine !== first);
      assert.ok(second);
      assert.equal(await answerTo(cluster, first, cluster.key()), "counted");
      cluster.pause(first);
      assert.ok(await cluster.until(() => leaderOf(cluster) === second || cluster.store.elections === 2, 9_000));
      cluster.wake(first);
      await cluster.run(3_000);
      const key = cluster.key();
      assert.equal(await answerTo(cluster, second, key), "counted");
      cluster.kill(second);
      assert.ok(await cluster.until(() => cluster.leader() === first, 9_000), "the first leader does not lead again");
      assert.equal(await answerTo(cluster, first, key), "duplicate");
      cluster.start(second);
      await endsExactly(cluster);
    });

    it(`H90 (${kind}): a leader dies between its commit and its publication: the next one says that the hit is counted`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [follower] = followersOf(cluster);
      const key = cluster.key();
      const sent = send(cluster, follower, key);
      await untilCounted(cluster);
      const leader = leaderOf(cluster);
      cluster.kill(leader);
      assert.equal(sent.answer, null);
      assert.equal(await answerOf(cluster, sent), "duplicate");
      assert.equal(total(cluster), 1);
      cluster.start(leader);
      await endsExactly(cluster);
    });

    it(`H91 (${kind}): one key waits at two nodes in one round: it counts once`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [one, other] = followersOf(cluster);
      const key = cluster.key();
      const both = [send(cluster, one, key), send(cluster, other, key)];
      const answers = [await answerOf(cluster, both[0]!), await answerOf(cluster, both[1]!)];
      assert.deepEqual(answers.sort(), ["counted", "duplicate"]);
      assert.equal(total(cluster), 1);
      await endsExactly(cluster);
    });

    it(`H92 (${kind}): the deadline passes while the commit is under way: the answer is "unknown", and the key can be sent again`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [follower, other] = followersOf(cluster);
      const key = cluster.key();
      const sent = send(cluster, follower, key);
      await untilCounted(cluster);
      for (const { name } of cluster.up()) cluster.network.cut(follower.name, name);
      assert.equal(await answerOf(cluster, sent), "not-answered unknown");
      cluster.network.heal();
      assert.equal(await answerTo(cluster, other, key), "duplicate");
      assert.equal(await answerTo(cluster, follower, key), "duplicate");
      assert.equal(total(cluster), 1);
      await endsExactly(cluster);
    });

    it(`H97 (${kind}): two requests with one key and two amounts wait at one node: each gets its own answer`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [follower] = followersOf(cluster);
      const key = cluster.key();
      const sent = [
        send(cluster, follower, key),
        send(cluster, follower, key, { by: 2 }),
        send(cluster, follower, key, { counter: "other" }),
        send(cluster, follower, key),
      ];
      const answers = [];
      for (const one of sent) answers.push(await answerOf(cluster, one));
      assert.deepEqual(answers, ["counted", "reused false", "reused false", "duplicate"]);
      assert.equal(total(cluster), 1);
      await endsExactly(cluster);
    });

    it(`H98 (${kind}): a verdict is lost, and nothing else waits to be counted: the next round has one`, async () => {
      const cluster = await beginKeyed(3, kind);
      const [follower] = followersOf(cluster);
      const sent = send(cluster, follower, cluster.key());
      await untilCounted(cluster);
      cluster.network.dropBetween(leaderOf(cluster).name, follower.name);
      const { version } = ledgerOf(cluster);
      assert.equal(await answerOf(cluster, sent), "duplicate");
      assert.equal(ledgerOf(cluster).version, version);
      await endsExactly(cluster);
    });
  }

  it("H94: a transaction with a new key has an unknown outcome: the key counts once", async () => {
    for (let lost = 0; lost < 12; lost++) {
      const cluster = await beginKeyed(3, "etcd", lost);
      const [follower] = followersOf(cluster);
      cluster.store.loseAnswers = 0.7;
      const sent = send(cluster, follower, cluster.key());
      await cluster.run(6_000);
      cluster.store.loseAnswers = 0;
      assert.match(await answerOf(cluster, sent), /^(counted|duplicate|not-answered unknown)$/);
      assert.equal(total(cluster), 1);
    }
  });

  it("H96: more keys than one node may hold: the rest is refused at once, and plain hits are not held up", async () => {
    const cluster = await beginKeyed(3);
    const [follower, other] = followersOf(cluster);
    const sent = Array.from({ length: 10_050 }, () => send(cluster, follower, cluster.key()));
    assert.equal(sent.filter(({ answer }) => answer === "too-many-waiting false").length, 50);
    cluster.hit(other, "plain");
    const plain = () => ledgerOf(cluster).totals.get("plain") !== undefined;
    assert.ok(await cluster.until(plain, 2_500), "a plain hit waits");
    assert.ok(await cluster.until(() => sent.every(({ answer }) => answer !== null), 12_000));
    assert.equal(sent.filter(({ answer }) => answer === "counted").length, 10_000);
  });

  it("H106: batches could fill every transaction for as long as they wait: keyed hits are answered all the same", async function () {
    needs(this, "more time");
    const cluster = await beginKeyed(3, "etcd", 1, { writeBudget: 10_000_000 });
    const hitAll = (machine: Machine) => {
      for (let i = 0; i < LARGE_BATCH; i++) cluster.hit(machine, `${machine.name}-${i}`.padEnd(128, "x"));
    };
    for (let second = 0; second < 5; second++) cluster.world.after(1_000 * second, () => cluster.up().forEach(hitAll));
    await cluster.run(1_200);
    const sent = cluster.up().map((machine) => send(cluster, machine, cluster.key()));
    const isAnswered = await cluster.until(() => sent.every(({ answer }) => answer === "counted"), 2_500);
    let most = 0;
    await cluster.until(() => {
      most = Math.max(most, ...cluster.up().map(({ life }) => life?.node.statistics().pending ?? 0));
      return false;
    }, 1_000);
    assert.ok(most >= 2 * LARGE_BATCH, `${most} hits wait on a node: all batches have room in each transaction`);
    assert.ok(isAnswered, `answers: ${sent.map(({ answer }) => answer)}`);
    await cluster.run(5_000);
    cluster.accounts.checkPages();
    cluster.accounts.checkLedger(cluster.store);
  });

  it("a node that drains answers every request with a key first", async () => {
    const cluster = await beginKeyed(3);
    const [follower, other] = followersOf(cluster);
    const key = cluster.key();
    const sent = send(cluster, follower, key);
    cluster.drain(follower);
    await cluster.run(1);
    assert.equal(send(cluster, follower, cluster.key()).answer, "draining false");
    assert.equal(await answerOf(cluster, sent), "counted");
    assert.ok(await cluster.until(() => follower.life === null, 10_000), "it does not leave");
    assert.equal(await answerTo(cluster, other, key), "duplicate");
    await endsExactly(cluster);
  });

  it("a single node that leads drains, and answers first", async () => {
    const cluster = await beginKeyed(1);
    const [only] = cluster.up();
    assert.ok(only);
    const sent = send(cluster, only, cluster.key());
    cluster.drain(only);
    assert.equal(await answerOf(cluster, sent), "counted");
  });

  it("while a node of the release 0.1.0 is there, hits with keys are answered with its name", async () => {
    const cluster = new SimCluster(1, "etcd");
    cluster.network.alter = (address, message) =>
      address === "node-2" && message.kind === "hello" ? { ...message, knows: 1 } : message;
    for (const name of ["node-1", "node-2", "node-3"]) cluster.start(cluster.machine(name));
    await cluster.run(8_000);
    const [one] = cluster.up();
    assert.ok(one);
    assert.equal(await answerTo(cluster, one, cluster.key()), "no-keys-yet false");
    cluster.network.alter = (_, message) => message;
    const old = cluster.machines.get("node-2")!;
    cluster.kill(old);
    cluster.start(old);
    await cluster.run(1_000);
    assert.equal(await answerTo(cluster, one, cluster.key()), "no-keys-yet false");
    // Its former process stays listed for ten seconds.
    await cluster.run(15_000);
    assert.equal(await answerTo(cluster, one, cluster.key()), "counted");
    await endsExactly(cluster);
  });
});
