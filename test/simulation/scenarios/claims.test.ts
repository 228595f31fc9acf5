import assert from "node:assert/strict";
import type { LogTail } from "../../../internal/core/log/batch.ts";
import type { Counts } from "../../../internal/core/log/counts.ts";
import type { HandoffReply } from "../../../internal/ports/peers.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { acknowledged, begin, endsExactly, followersOf, hitEverywhere, leaderOf, ledgerOf, total } from "./story.ts";

interface Claim {
  readonly counts: Counts;
  /** Versions of the ledger past its newest one. */
  readonly ahead?: number;
  readonly authenticated?: boolean;
}

/** Somebody, perhaps no node of the cluster, hands over a tail of a log that nobody has heard of. */
function handOver(cluster: SimCluster, { life }: Machine, { counts, ahead = 0, authenticated = false }: Claim) {
  const { id, version } = ledgerOf(cluster);
  const to = [...counts.values()].reduce((sum, hits) => sum + hits, 0);
  const tail: LogTail = {
    ...{ source: "eeeeeeeeeeeeeeee", formerly: [], region: "eu", base: 0, shown: 0 },
    firstOffer: { id, version: version + ahead },
    segments: [{ from: 0, to, counts }],
  };
  return life?.node.acceptHandoff("ffffffffffffffff", [tail], authenticated);
}

function refusal(reply: HandoffReply | undefined): string {
  assert.ok(reply && !reply.taken, "it was taken");
  return reply.reason;
}

function names(count: number): Counts {
  return new Map(Array.from({ length: count }, (_, i) => [`name-${i}`, 1]));
}

/** Peers say much that only they can know. What they can say is bounded, most of all where they have no certificate. */
describe("histories: claims of peers", () => {
  it("a hand-over without a certificate claims a version that nobody has heard of: the store is not lost", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    for (const ahead of [1, 50, 2 ** 39])
      assert.match(refusal(handOver(cluster, node, { counts: names(1), ahead })), /first offered to version \d+/);
    await cluster.run(3_000);
    assert.equal(node.life?.node.cluster().store, "ok");
    await endsExactly(cluster);
  });

  it("a hand-over without a certificate has more hits than a thousand requests: none is counted", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    const counts = new Map([["visits", 1_000_000_001]]);
    assert.match(refusal(handOver(cluster, node, { counts })), /without certificates, at most 1000000000 hits/);
    await cluster.run(3_000);
    assert.equal(total(cluster), 0);
    await endsExactly(cluster);
  });

  for (const authenticated of [false, true])
    it(`a hand-over ${authenticated ? "with" : "without"} a certificate has more new names than a ledger: none is taken`, async () => {
      const cluster = await begin(3);
      const [node] = followersOf(cluster);
      const reply = handOver(cluster, node, { counts: names(10_001), authenticated });
      assert.match(refusal(reply), /10001 new counters are over the limit of 10000/);
      await cluster.run(3_000);
      assert.equal(ledgerOf(cluster).totals.size, 0);
      await endsExactly(cluster);
    });

  it("a hand-over of a node with a certificate is taken as it is, and counted once", async () => {
    const cluster = await begin(3);
    const [node] = followersOf(cluster);
    const reply = handOver(cluster, node, { counts: new Map([["visits", 2_000_000_000]]), authenticated: true });
    assert.deepEqual(reply, { taken: true });
    await cluster.run(3_000);
    assert.equal(total(cluster), 2_000_000_000);
  });

  it("somebody without a certificate announces a node elsewhere: the leader does not dial it", async () => {
    const cluster = await begin(2);
    const { node } = leaderOf(cluster).life ?? {};
    const other = cluster.up().find((machine) => machine !== leaderOf(cluster));
    assert.ok(node && other);
    const dials: string[] = [];
    cluster.network.dialled = (address) => void dials.push(address);
    const at = (id: string, peerAddress: string) =>
      node.announce({ id, name: "x", region: "eu", peerAddress, url: "http://x" }, node.nodeId, false);
    for (let i = 0; i < 500; i++) assert.ok(at(`${i}`.padStart(16, "0"), `attacker-${i}:1`));
    assert.ok(at(other.life?.node.nodeId ?? "", "attacker:1"));
    await cluster.run(3_000);
    assert.deepEqual(dials, []);
    await endsExactly(cluster);
  });

  it("somebody announces a dead node again and again: the leader does not dial it for each", async () => {
    const cluster = await begin(3);
    const [dead] = followersOf(cluster);
    const { node } = leaderOf(cluster).life ?? {};
    const id = dead.life?.node.nodeId ?? "";
    assert.ok(node);
    cluster.kill(dead);
    let dials = 0;
    cluster.network.dialled = () => void dials++;
    const member = { id, name: dead.name, region: "eu", peerAddress: `${dead.name}:1`, url: "http://x" };
    for (let ms = 0; ms < 2_000; ms += 4) cluster.world.after(ms, () => void node.announce(member, node.nodeId, false));
    await cluster.run(2_000);
    assert.ok(dials <= 15, `${dials} attempts in 2 s`);
  });
});

/** Certificates end while streams are open. */
describe("histories: streams are renewed", () => {
  it("after every round: each round still has the hits of all nodes, and all are counted once", async () => {
    const [usual, renewing] = [await furthestBehind(false), await furthestBehind(true)];
    assert.ok(renewing <= usual + 30, `${renewing} hits behind, and ${usual} without renewals`);
  });
});

/** The most hits that were acknowledged and not committed, in 20 s of load. */
async function furthestBehind(renewsStreams: boolean): Promise<number> {
  const cluster = await begin(3);
  cluster.network.renewsStreams = renewsStreams;
  hitEverywhere(cluster, 20_000);
  let furthest = 0;
  for (let ms = 0; ms < 20_000; ms += 50) {
    await cluster.run(50);
    furthest = Math.max(furthest, acknowledged(cluster) - total(cluster));
  }
  assert.equal(cluster.store.elections, 1);
  await endsExactly(cluster);
  return furthest;
}
