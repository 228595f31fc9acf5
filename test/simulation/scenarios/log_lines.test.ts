import assert from "node:assert/strict";
import type { Batch } from "../../../internal/core/log/batch.ts";
import { StallDetector } from "../../../internal/services/leader/stall_detector.ts";
import type { SimCluster } from "../cluster.ts";
import { acknowledged, begin, endsExactly, followersOf, hitEverywhere, leaderOf, total } from "./story.ts";

/** The log tells each event once, in the words that a person needs, and no false alarm. */
describe("histories: what a leader's log says", () => {
  it("names a lost stream once, however often the dead process is dialled, and again when it is lost again", async () => {
    const cluster = await begin(3, "etcd", 1, { tracing: true });
    const [follower] = followersOf(cluster);
    for (const losses of [1, 2]) {
      cluster.kill(follower);
      await cluster.run(4_000);
      cluster.start(follower);
      await cluster.run(15_000);
      const lines = linesOf(cluster, "stream to a node lost");
      assert.equal(lines.length, losses, lines.join("\n"));
      for (const line of lines)
        assert.match(line, new RegExp(`"address":"${follower.name}:1","reason":"connection reset"`));
    }
  });

  it("names a node once that is registered as what no node would understand, and leaves it out", async () => {
    const cluster = await begin(3, "etcd", 1, { tracing: true });
    const odd = { id: "odd", name: "odd", region: "eu", peerAddress: "odd:1", url: "https://zähler.example" };
    cluster.store.members.set(odd.id, { member: odd, seenAt: Number.POSITIVE_INFINITY });
    hitEverywhere(cluster, 4_000);
    await cluster.run(5_000);
    assert.equal(total(cluster), acknowledged(cluster));
    for (const { life } of cluster.up()) assert.equal(life?.node.cluster().nodes.length, 3);
    const lines = linesOf(cluster, "node left out");
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines.join(), /!! .*"node":"odd".*"why":"its url must be .*zähler/);
  });

  it("tells on every node when the store is away and back", async () => {
    const cluster = await begin(3, "etcd", 1, { tracing: true });
    cluster.store.away = true;
    await cluster.until(() => linesOf(cluster, "the store is away").length >= 3, 30_000);
    cluster.store.away = false;
    await cluster.run(20_000);
    for (const { name } of cluster.up()) {
      const lines = linesOf(cluster, "the store is ").filter((line) => line.includes(`${name} `));
      assert.match(lines.join("\n"), /the store is away.*\n.*the store is ok/);
    }
  });

  it("tells how many of a killed process's hits are new, once that is known", async () => {
    const cluster = await begin(3, "etcd", 1, { tracing: true });
    const [follower] = followersOf(cluster);
    cluster.hit(follower, "visits", 1_000);
    await cluster.run(5_000);
    cluster.hit(follower, "visits", 28);
    await cluster.run(20);
    cluster.kill(follower);
    cluster.start(follower);
    await cluster.run(10_000);
    assert.match(linesOf(cluster, "journal of an ended process found").join("\n"), /"hits":1028/);
    assert.match(linesOf(cluster, "hits of an ended process compared").join("\n"), /"new":28,"counted":/);
  });

  it("names a log once whose batches are refused, counts each, and goes on with the others", async () => {
    const cluster = await begin(3, "etcd", 1, { tracing: true });
    const [odd] = followersOf(cluster);
    cluster.network.alter = (address, message) =>
      address === odd.name && message.kind === "answer"
        ? { ...message, batches: message.batches.map(withOneTooMany) }
        : message;
    for (const machine of cluster.up()) cluster.hit(machine);
    await cluster.run(5_000);
    assert.equal(total(cluster), 2);
    assert.ok(cluster.refusedBatches >= 4, `${cluster.refusedBatches} reported`);
    const lines = linesOf(cluster, "batches of a log are refused");
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(
      lines.join(),
      new RegExp(`!! .*"node":"${odd.name}".*"malformed".*hits 0 to 2 are 2, its counts sum to 1`),
    );
    cluster.network.alter = (_, message) => message;
    await endsExactly(cluster);
  });

  it("calls no batch refused that is late, comes twice, or from two holders", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const cluster = await begin(3, "etcd", seed);
      Object.assign(cluster.network, { duplicate: 0.3, reorder: 0.2 });
      cluster.store.loseAnswers = 0.2;
      hitEverywhere(cluster, 8_000);
      await cluster.run(3_000);
      const [node] = followersOf(cluster);
      cluster.kill(node);
      cluster.start(node);
      await cluster.run(5_000);
      await endsExactly(cluster);
      assert.equal(cluster.refusedBatches, 0, `seed ${seed}`);
    }
  });

  it("says in words why it leads no more", async () => {
    const cluster = await begin(3, "etcd", 1, { tracing: true });
    const leader = leaderOf(cluster);
    for (const { name } of followersOf(cluster)) cluster.network.cut(leader.name, name);
    await cluster.until(() => linesOf(cluster, "stopped leading").length > 0, 20_000);
    assert.match(linesOf(cluster, "stopped leading").join("\n"), /"why":"could not reach most nodes for 10 s"/);
    assert.equal(new StallDetector(0, 0).stallReason(10_001), "could not commit for 10 s");
  });
});

function withOneTooMany(batch: Batch): Batch {
  return { ...batch, to: batch.to + 1 };
}

function linesOf(cluster: SimCluster, event: string): string[] {
  return cluster.world.trace.filter((line) => line.includes(event));
}
