import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import { answerOf, answerTo, beginKeyed, jump, send, untilCounted } from "./keyed_story.ts";
import { endsExactly, followersOf, KINDS, leaderOf, ledgerOf, total } from "./story.ts";

const WINDOW_MS = 4_000;
const FORGETFUL_OF_KEYS = { keys: { window: WINDOW_MS } };
const HOUR_MS = 3_600_000;

/** Keys are forgotten by the median of the clocks, and what is forgotten never counts again, whatever any clock says. */
describe("histories: forgotten keys", () => {
  for (const kind of KINDS) {
    it(`(${kind}): a key is kept for the window, then refused, and its entry is deleted`, async () => {
      const cluster = await beginKeyed(3, kind, 1, FORGETFUL_OF_KEYS);
      const [one, other] = followersOf(cluster);
      const key = cluster.key();
      assert.equal(await answerTo(cluster, one, key), "counted");
      assert.equal(keyEntries(cluster), 1);
      await cluster.run(30_000);
      assert.equal(keyEntries(cluster), 0, "the entry of a forgotten key is still there");
      assert.equal(await answerTo(cluster, other, key), "expired false");
      assert.equal(total(cluster), 1);
      await endsExactly(cluster);
    });

    it(`H93 (${kind}): a key waits at a node that is cut off until it is forgotten: it is not counted, and the answer says so`, async () => {
      const cluster = await beginKeyed(3, kind, 1, FORGETFUL_OF_KEYS);
      const [cutOff, other] = followersOf(cluster);
      assert.equal(await answerTo(cluster, other, cluster.key()), "counted");
      for (const { name } of cluster.up()) cluster.network.cut(cutOff.name, name);
      const sent = send(cluster, cutOff, cluster.key());
      await moveOn(cluster, 6_500);
      cluster.network.heal();
      assert.equal(await answerOf(cluster, sent), "expired false");
      await endsExactly(cluster);
    });

    it(`H95 (${kind}): clocks that ran ahead forgot a key, and the next leader's clock is right: the key does not count again`, async () => {
      const cluster = await beginKeyed(3, kind, 1, FORGETFUL_OF_KEYS);
      const [one, other] = followersOf(cluster);
      const key = cluster.key();
      assert.equal(await answerTo(cluster, one, key), "counted");
      jump(cluster.up(), HOUR_MS);
      await moveOn(cluster, 6_000);
      assert.ok(ledgerOf(cluster).keysForgottenTo > Number.parseInt(key.slice(0, 12), 16), "the key is not forgotten");
      jump(cluster.up(), -HOUR_MS);
      const leader = leaderOf(cluster);
      cluster.kill(leader);
      await cluster.run(4_000);
      assert.match(await answerTo(cluster, other, key), /^expired/);
      cluster.start(leader);
      await cluster.run(1_000);
      assert.ok(total(cluster) >= 1);
    });

    it(`H100 (${kind}): a key counts, its verdict is lost, and it is forgotten while the request waits: the answer is "unknown"`, async () => {
      const cluster = await beginKeyed(3, kind, 1, FORGETFUL_OF_KEYS);
      const [follower, other] = followersOf(cluster);
      assert.equal(await answerTo(cluster, other, cluster.key()), "counted");
      const sent = send(cluster, follower, cluster.key());
      await untilCounted(cluster);
      const counted = total(cluster);
      for (const { name } of cluster.up()) cluster.network.cut(follower.name, name);
      await moveOn(cluster, 5_000);
      for (const { name } of cluster.up()) cluster.network.dropBetween(name, follower.name);
      cluster.network.heal();
      assert.equal(await answerOf(cluster, sent), "expired unknown");
      assert.ok(total(cluster) >= counted);
    });
  }

  it("H101: nobody is told that a key is expired before the transaction that forgets it is committed", async () => {
    const cluster = await beginKeyed(3, "etcd", 1, FORGETFUL_OF_KEYS);
    const [follower] = followersOf(cluster);
    cluster.store.loseRequests = 1;
    const sent = send(cluster, follower, cluster.key(-WINDOW_MS - 1_000));
    await cluster.run(2_500);
    assert.equal(sent.answer, null);
    cluster.store.loseRequests = 0;
    assert.match(await answerOf(cluster, sent), /^expired/);
    assert.ok(ledgerOf(cluster).keysForgottenTo > 0);
  });

  it("H101: nobody is told anything of a transaction that the store refuses", async () => {
    const cluster = await beginKeyed(3, "etcd", 1, FORGETFUL_OF_KEYS);
    const [follower, other] = followersOf(cluster);
    assert.equal(await answerTo(cluster, other, cluster.key()), "counted");
    cluster.store.full = true;
    const sent = [send(cluster, follower, cluster.key()), send(cluster, follower, cluster.key(-WINDOW_MS - 500))];
    await cluster.run(3_500);
    assert.deepEqual(
      sent.map(({ answer }) => answer),
      [null, null],
    );
    cluster.store.full = false;
    assert.equal(await answerOf(cluster, sent[0]!), "counted");
    assert.match(await answerOf(cluster, sent[1]!), /^expired/);
    await endsExactly(cluster);
  });

  it("H49, H104: the leader's clock is a day ahead for half an hour: the others' decide, and nobody is refused", async () => {
    const cluster = await beginKeyed(3);
    const [follower] = followersOf(cluster);
    assert.equal(await answerTo(cluster, follower, cluster.key()), "counted");
    jump([leaderOf(cluster)], 24 * HOUR_MS);
    for (let minute = 0; minute < 30; minute++) {
      await cluster.run(60_000);
      assert.equal(await answerTo(cluster, follower, cluster.key()), "counted");
    }
    jump([leaderOf(cluster)], -24 * HOUR_MS);
    assert.equal(await answerTo(cluster, follower, cluster.key()), "counted");
    await endsExactly(cluster);
  });

  it("H104: of two clocks, the earlier decides", async () => {
    const cluster = await beginKeyed(2);
    const [ahead, other] = [leaderOf(cluster), cluster.up().find((machine) => machine !== leaderOf(cluster))!];
    jump([ahead], 24 * HOUR_MS);
    for (let i = 0; i < 3; i++) {
      assert.equal(await answerTo(cluster, other, cluster.key()), "counted");
      await cluster.run(20 * 60_000);
    }
    await endsExactly(cluster);
  });

  it("H105: after quiet hours all clocks are a day ahead for some seconds: one step forgets twenty seconds", async () => {
    const cluster = await beginKeyed(3);
    const [follower] = followersOf(cluster);
    assert.equal(await answerTo(cluster, follower, cluster.key()), "counted");
    await cluster.run(2 * HOUR_MS);
    const before = ledgerOf(cluster).keysForgottenTo;
    jump(cluster.up(), 24 * HOUR_MS);
    cluster.hit(follower);
    await cluster.run(1_500);
    jump(cluster.up(), -24 * HOUR_MS);
    const step = ledgerOf(cluster).keysForgottenTo - before;
    assert.ok(step > 0 && step <= 20_000, `it made a step of ${step} ms`);
    assert.equal(await answerTo(cluster, follower, cluster.key()), "counted");
    await endsExactly(cluster);
  });

  it("H107: the next leaders' clocks are behind: a key that counted is a duplicate, however far ahead it seems", async () => {
    const cluster = await beginKeyed(3);
    const [follower, other] = followersOf(cluster);
    const key = cluster.key();
    assert.equal(await answerTo(cluster, follower, key), "counted");
    jump(cluster.up(), -HOUR_MS);
    const leader = leaderOf(cluster);
    cluster.kill(leader);
    await cluster.run(4_000);
    assert.equal(await answerTo(cluster, other, key), "duplicate");
    assert.equal(await answerTo(cluster, other, cluster.key()), "not-answered unknown");
    cluster.start(leader);
    await cluster.run(1_000);
    assert.equal(total(cluster), 1);
  });

  it("H107: the budget is full: new keys wait for nothing, a key that counted is a duplicate, and none is forgotten sooner", async () => {
    const cluster = await beginKeyed(3, "etcd", 1, { keys: { budget: 2 } });
    const [follower] = followersOf(cluster);
    const keys = [cluster.key(), cluster.key()];
    for (const key of keys) assert.equal(await answerTo(cluster, follower, key), "counted");
    assert.equal(await answerTo(cluster, follower, cluster.key()), "not-answered unknown");
    for (const key of keys) assert.equal(await answerTo(cluster, follower, key), "duplicate");
    assert.equal(total(cluster), 2);
  });

  it("H108: the store is away for longer than the window: requests are told that they were not counted, then that they expired", async () => {
    const cluster = await beginKeyed(3, "etcd", 1, FORGETFUL_OF_KEYS);
    const [follower] = followersOf(cluster);
    assert.equal(await answerTo(cluster, follower, cluster.key()), "counted");
    cluster.store.away = true;
    await cluster.run(15_000);
    const key = cluster.key();
    assert.match(await answerTo(cluster, follower, key), /^(store-away|not-answered) false$/);
    await cluster.run(20_000);
    cluster.store.away = false;
    await moveOn(cluster, 30_000);
    assert.equal(await answerTo(cluster, follower, key), "expired false");
    await endsExactly(cluster);
  });

  it("H102: a backup has the head of before, and its keys were forgotten while it was made: it cannot be read, and no key counts again", async () => {
    const cluster = await beginKeyed(3, "etcd", 1, FORGETFUL_OF_KEYS);
    const [follower] = followersOf(cluster);
    const key = cluster.key();
    assert.equal(await answerTo(cluster, follower, key), "counted");
    cluster.store.saveBackup();
    await cluster.run(30_000);
    assert.equal(keyEntries(cluster), 0);
    const later = new Map(cluster.store.entries);
    cluster.store.restore();
    const head = cluster.store.entries.get("head") as Uint8Array;
    cluster.store.entries = new Map([...later, ["head", head]]);
    const state = () => leaderOf(cluster).life?.node.cluster().store;
    assert.ok(await cluster.until(() => cluster.leader() !== undefined && state() === "corrupt", 20_000));
    assert.match(await answerTo(cluster, follower, key), / false$/);
    assert.deepEqual(cluster.store.entries.get("head"), head, "it was written");
  });

  it("H99: a verdict of the ledger before an adopted backup arrives late: it is not taken", async () => {
    let adoptions = 0;
    for (let moment = 0; moment < 10; moment++) {
      const cluster = await beginKeyed(3, "etcd", moment);
      const [follower] = followersOf(cluster);
      assert.equal(await answerTo(cluster, follower, cluster.key()), "counted");
      cluster.store.saveBackup();
      cluster.network.reorder = 0.2;
      const sent = send(cluster, follower, cluster.key());
      await untilCounted(cluster);
      await cluster.run(moment * 3);
      cluster.store.restore();
      cluster.hit(leaderOf(cluster));
      // If no node has seen what the store lost, there is nothing to adopt.
      if (!(await cluster.until(() => cluster.store.entries.has("lost"), 20_000))) continue;
      adoptions++;
      await cluster.adopt();
      await answerOf(cluster, sent);
      await cluster.run(3_000);
      cluster.accounts.checkPages();
    }
    assert.ok(adoptions > 0, "no history came to an adoption");
  });
});

/** Keyed hits on other nodes, so that transactions move `keysForgottenTo`. */
async function moveOn(cluster: SimCluster, ms: number): Promise<void> {
  const until = cluster.world.now + ms;
  while (cluster.world.now < until) {
    const leader = cluster.leader();
    if (leader) cluster.hit(leader);
    await cluster.run(500);
  }
}

function keyEntries(cluster: SimCluster): number {
  return [...cluster.store.entries.keys()].filter((name) => name.startsWith("keys/")).length;
}
