import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { needs } from "../needs.ts";
import { ShownNumbers } from "../shown_numbers.ts";
import { newKey, sendKeyed } from "./keyed_clients.ts";
import { type NodeProcess, SCRIPT } from "./node_process.ts";
import type { RealCluster } from "./real_cluster.ts";
import { takeOutRelease } from "./release_0_1_0.ts";
import { stores } from "./stores.ts";

/** Nodes of the release 0.1.0 and of this one count together, in one ledger and from the same data directories, each way. */
describe("an upgrade from the release 0.1.0, and back again", () => {
  let old: string;
  before(function () {
    needs(this, "release 0.1.0");
    old = takeOutRelease();
  });
  after(() => {
    if (old) rmSync(old, { recursive: true, force: true });
  });

  stores((store) => {
    for (const order of ["the leader first", "the leader last"] as const)
      it(`${order}, under load: sent = counted`, async function () {
        this.timeout(600_000);
        const cluster = await store.cluster();
        const oldScript = join(old, "cmd", "node.ts");
        await changeTo(cluster, oldScript, order);
        cluster.load.start();
        await cluster.acknowledged(200);
        await changeTo(cluster, SCRIPT, order);
        await cluster.acknowledged(100);
        await changeTo(cluster, oldScript, order);
        await cluster.acknowledged(100);
        await cluster.assertExact();
      });

    it("once all nodes are of this release for a minute, the ledger is converted under load: sent = counted", async function () {
      needs(this, "more time");
      this.timeout(600_000);
      const cluster = await store.cluster();
      await changeTo(cluster, join(old, "cmd", "node.ts"), "the leader last");
      cluster.load.start();
      await cluster.acknowledged(200);
      await changeTo(cluster, SCRIPT, "the leader first");
      const steps = watchForStepsBack(cluster);
      await cluster.until("the ledger is converted", () => wasConverted(cluster), 120_000);
      await cluster.acknowledged(200);
      const leader = await cluster.leader();
      await leader.kill();
      await leader.start();
      await cluster.acknowledged(100);
      assert.deepEqual(await steps.end(), []);
      await cluster.assertExact();
    });

    it("a hit with a key is refused uncounted while a node of 0.1.0 is listed, and counts once after the conversion (H60)", async function () {
      this.timeout(600_000);
      const cluster = await store.cluster();
      const oldScript = join(old, "cmd", "node.ts");
      await changeTo(cluster, oldScript, "the leader last");
      cluster.load.start();
      await cluster.acknowledged(100);
      const [last, ...first] = cluster.nodes as [NodeProcess, ...NodeProcess[]];
      for (const node of first) await changeToThis(cluster, node);
      await leadByOther(cluster, last);
      const key = newKey();
      await sleep((CONVERSION_DELAY_S + 2) * 1_000);
      for (const node of first) await refusesKey(node, key, last.name);
      await changeToThis(cluster, last);
      const answers: boolean[] = [];
      for (const node of cluster.nodes)
        answers.push(
          (await cluster.until(`${node.name} takes the key`, () => acceptedKey(node, key), 120_000)).duplicate,
        );
      assert.deepEqual(
        answers,
        [false, true, true],
        "one answer says that the hit is new, and the others that it was counted before",
      );
      await cluster.assertExact();
      assert.equal((await cluster.healed()).orders, 1);
    });
  });
});

/** Longer than a node of 0.1.0 takes to leave and come back: meanwhile it is not listed. */
const CONVERSION_DELAY_S = 25;
const KEYED_TIMEOUT_MS = 11_000;

/** Lets a node come back as this release, which converts the ledger after CONVERSION_DELAY_S. */
async function changeToThis(cluster: RealCluster, node: NodeProcess): Promise<void> {
  await node.terminate();
  node.script = SCRIPT;
  node.moreFlags = ["--conversion-delay", `${CONVERSION_DELAY_S}s`];
  await node.start();
  await cluster.leader();
}

/** Restarts `node` until another one leads. */
async function leadByOther(cluster: RealCluster, node: NodeProcess): Promise<void> {
  while ((await cluster.leader()) === node) {
    await node.terminate();
    await node.start();
  }
}

async function refusesKey(node: NodeProcess, key: string, waitsFor: string): Promise<void> {
  const response = await sendKeyed(node, "orders", key, KEYED_TIMEOUT_MS);
  const problem = (await response.json()) as { type: string; detail: string; counted: unknown };
  assert.equal(response.status, 503, JSON.stringify(problem));
  assert.equal(problem.type, "urn:global-cluster:problem:upgrading");
  assert.equal(problem.counted, false);
  assert.match(problem.detail, new RegExp(`waits for ${waitsFor}\\.`));
}

/** Whether the answer says that the hit was counted before; null while the node refuses it. */
async function acceptedKey(node: NodeProcess, key: string): Promise<{ readonly duplicate: boolean } | null> {
  const response = await sendKeyed(node, "orders", key, KEYED_TIMEOUT_MS);
  const body = (await response.json()) as { duplicate: boolean };
  return response.ok ? { duplicate: body.duplicate } : null;
}

/** Whether a leader has said that it converted the ledger. */
function wasConverted({ nodes }: RealCluster): boolean {
  return nodes.some(({ output }) => output.includes("ledger converted"));
}

/** Asks every node for the total, again and again. `end` resolves to each total that was less than the one before. */
function watchForStepsBack(cluster: RealCluster): { end(): Promise<string[]> } {
  const shown = new ShownNumbers();
  let goesOn = true;
  const watching = (async () => {
    for (; goesOn; await sleep(50))
      for (const node of cluster.running)
        shown.note(`${node.name} in its life ${node.life}`, (await node.view())?.total ?? null);
  })();
  return {
    async end() {
      goesOn = false;
      await watching;
      return shown.stepsBack;
    },
  };
}

/** Each node leaves, one after the other, and comes back as `script`. */
async function changeTo(cluster: RealCluster, script: string, order: "the leader first" | "the leader last") {
  const leader = await cluster.leader();
  const others = cluster.running.filter((node) => node !== leader);
  const nodes: NodeProcess[] = order === "the leader first" ? [leader, ...others] : [...others, leader];
  for (const node of nodes) {
    await node.terminate();
    node.script = script;
    await node.start();
    await cluster.leader();
  }
}
