/**
 * Random faults, several at once, on real nodes under load, and then the account:
 * `node test/processes/soak.ts [sqlite|etcd] [seconds] [seed]`. The seed decides the faults; when they strike is up to the machine.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { EtcdProcess } from "../adapters/etcd/etcd_process.ts";
import { SeededRandom } from "../simulation/seeded_random.ts";
import type { NodeProcess } from "./node_process.ts";
import { RealCluster, words } from "./real_cluster.ts";

const [kind = "sqlite", seconds = "60", seed = "1"] = process.argv.slice(2);
const random = new SeededRandom(Number(seed));
const upTo = (ms: number) => sleep(random.fraction() * ms);

const NODE_FAULTS: Readonly<Record<string, (node: NodeProcess) => Promise<unknown>>> = {
  async killed(node) {
    await node.kill();
    await upTo(3_000);
    await node.start();
  },
  async killedTwice(node) {
    await node.kill();
    await node.start();
    await upTo(800);
    await node.kill();
    await node.start();
  },
  async stopped(node) {
    node.signal("SIGSTOP");
    await upTo(12_000);
    node.signal("SIGCONT");
  },
  async drained(node) {
    const ending = await node.terminate();
    if (ending !== 0) throw new Error(`${node.name} drained and ended with ${ending}`);
    await upTo(3_000);
    await node.start();
  },
  async killedWhileDraining(node) {
    const ending = node.terminate();
    await upTo(1_500);
    node.signal("SIGKILL");
    await ending;
    await node.start();
  },
};

const ETCD_FAULTS: Readonly<Record<string, (etcd: EtcdProcess) => Promise<unknown>>> = {
  async killed(etcd) {
    await etcd.kill();
    await upTo(6_000);
    await etcd.start();
  },
  async stopped(etcd) {
    etcd.pause();
    await upTo(7_000);
    etcd.resume();
  },
};

const etcd = kind === "etcd" ? await EtcdProcess.start() : null;
const cluster = await RealCluster.start({ nodes: 4, ...(etcd && { store: `etcd://${etcd.endpoint}` }) });
const suffering = new Set<unknown>();
let failed = true;
try {
  cluster.load.start();
  await strikeFor(Number(seconds) * 1_000);
  await cluster.assertExact();
  for (const [counter, sent] of cluster.load.sent) console.log(`exact: ${counter}, ${words(sent)}`);
  failed = false;
} finally {
  await cluster.end(failed);
  await etcd?.stop();
}

async function strikeFor(ms: number): Promise<void> {
  const until = performance.now() + ms;
  const under: Promise<void>[] = [];
  while (performance.now() < until) {
    await upTo(2_500);
    const well = cluster.nodes.filter((node) => !suffering.has(node));
    if (etcd && !suffering.has(etcd) && random.chance(0.25)) under.push(strike(etcd, ETCD_FAULTS));
    else if (well.length > 0) under.push(strike(random.pick(well), NODE_FAULTS));
    // What fails is reported at the end, when the other nodes are well again.
    under.at(-1)?.catch(() => {});
  }
  await Promise.all(under);
}

async function strike<T extends NodeProcess | EtcdProcess>(
  victim: T,
  faults: Readonly<Record<string, (victim: T) => Promise<unknown>>>,
): Promise<void> {
  const [what, fault] = random.pick(Object.entries(faults));
  console.log(`${new Date().toISOString().slice(11, 19)} ${"name" in victim ? victim.name : "etcd"} ${what}`);
  suffering.add(victim);
  await fault(victim);
  suffering.delete(victim);
}
