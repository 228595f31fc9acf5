import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { KeyedClients } from "./keyed_clients.ts";
import type { RealCluster } from "./real_cluster.ts";
import { onEtcd, onSqlite, type StoreUnderTest } from "./stores.ts";

const TAKES_KEYS_MS = 60_000;
const TIMEOUT_MS = 600_000;

/** A client that sends every unanswered request again with its key: whatever happens, sent = counted, with nothing unsure. */
describe("clients that repeat with a key", () => {
  let clients: KeyedClients | undefined;
  // After a failure no node is left that could count what they still send.
  afterEach(() => clients?.giveUp());

  const begun = async (store: StoreUnderTest) => {
    const cluster = await store.cluster({ flags: ["--conversion-delay", "0s"] });
    clients = new KeyedClients(() => cluster.running);
    await begin(cluster, clients);
    return { cluster, clients };
  };

  onSqlite((store) => {
    it("through kill -9 of leader and nodes, fail-over and drains", async function () {
      this.timeout(TIMEOUT_MS);
      const { cluster, clients } = await begun(store);
      await trouble(cluster);
      await sumsUp(cluster, clients);
    });
  });

  onEtcd((store) => {
    it("the same, and through restarts of etcd", async function () {
      this.timeout(TIMEOUT_MS);
      const { cluster, clients } = await begun(store);
      await store.etcd.kill();
      await sleep(3_000);
      await store.etcd.start();
      await cluster.leader();
      await trouble(cluster);
      await sumsUp(cluster, clients);
    });
  });
});

async function begin(cluster: RealCluster, clients: KeyedClients): Promise<void> {
  // The counter must exist before many ask for it: new ones have a rate.
  clients.start("orders", 1);
  await cluster.until("the ledger takes keys", async () => (await keysKept(cluster)) > 0, TAKES_KEYS_MS);
  await clients.stop();
  cluster.load.start();
  clients.start("orders", 60);
  await sleep(2_000);
}

async function trouble(cluster: RealCluster): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    const leader = await cluster.leader();
    await leader.kill();
    await sleep(2_000);
    await leader.start();
    const [follower, other] = await cluster.followers();
    await follower!.kill();
    await sleep(1_000);
    await follower!.start();
    await other!.terminate();
    await other!.start();
    await (await cluster.leader()).terminate();
    await cluster.startAll();
    await sleep(1_000);
  }
}

async function sumsUp(cluster: RealCluster, clients: KeyedClients): Promise<void> {
  await clients.stop();
  await cluster.load.stop();
  const totals = await cluster.healed();
  const words = `${clients.sent} sent, ${clients.repeated} times again, ${clients.duplicates} duplicates`;
  assert.deepEqual(clients.wrong, []);
  assert.ok(clients.repeated > 0, `nothing was in the way: ${words}`);
  assert.equal(totals.orders, clients.sent, words);
  await cluster.assertExact();
}

/** Keys that the ledger keeps, by the leader's metrics. */
async function keysKept(cluster: RealCluster): Promise<number> {
  const leader = await cluster.leader();
  const text = String(await leader.get("/metrics"));
  return Number(/^global_cluster_keys_kept (\d+)$/m.exec(text)?.[1] ?? 0);
}
