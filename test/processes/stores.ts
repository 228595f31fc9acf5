import { EtcdProcess, requireEtcd } from "../adapters/etcd/etcd_process.ts";
import { type ClusterOptions, RealCluster } from "./real_cluster.ts";

/** What a test has of the store that it runs on. */
export interface StoreUnderTest {
  /** Nodes that share one new store, ended after the test. */
  cluster(options?: ClusterOptions): Promise<RealCluster>;
}

/** What a test has that is about etcd itself. */
export interface EtcdUnderTest extends StoreUnderTest {
  readonly etcd: EtcdProcess;
}

/** The same tests on both stores. */
export function stores(tests: (store: StoreUnderTest) => void): void {
  onSqlite(tests);
  onEtcd(tests);
}

export function onSqlite(tests: (store: StoreUnderTest) => void): void {
  describe("on SQLite", () => {
    tests(ending(() => ({})));
  });
}

/** Every test has an etcd of its own: some leave it with a past. */
export function onEtcd(tests: (store: EtcdUnderTest) => void): void {
  describe("on etcd", () => {
    let etcd: EtcdProcess;
    before(async function () {
      requireEtcd(this);
    });
    beforeEach(async () => {
      etcd = await EtcdProcess.start();
    });
    const store = ending(() => ({ store: `etcd://${etcd.endpoint}` }));
    tests({
      cluster: store.cluster,
      get etcd() {
        return etcd;
      },
    });
    afterEach(() => etcd.stop());
  });
}

function ending(usual: () => ClusterOptions): StoreUnderTest {
  const clusters: RealCluster[] = [];
  afterEach(async function () {
    const failed = this.currentTest?.state === "failed";
    for (const cluster of clusters.splice(0)) await cluster.end(failed);
  });
  return {
    async cluster(options = {}) {
      const cluster = await RealCluster.start({ ...usual(), ...options });
      clusters.push(cluster);
      return cluster;
    },
  };
}
