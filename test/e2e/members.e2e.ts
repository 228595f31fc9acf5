import assert from "node:assert/strict";
import { clusterState, countsExactlyWhile } from "./counting.ts";
import { kubectl, readObject } from "./kubectl.ts";
import { until } from "./programs.ts";
import { install, removeRelease } from "./release.ts";
import { ready } from "./visits.ts";

const namespace = "global-cluster-e2e-members";

describe("on a real cluster, a store of three members", function () {
  this.timeout(300_000);

  before(() => install(namespace, { replicas: 2, members: 3 }));
  after(() => removeRelease(namespace));

  it("goes on committing while one of three is away", async () => {
    await countsExactlyWhile({ namespace, counter: "one-of-three" }, async () => {
      await kubectl("-n", namespace, "delete", "pod", "visits-etcd-1", "--force", "--grace-period=0");
      await memberReady(1);
    });
    assert.equal((await clusterState(namespace)).store, "ok");
  });

  it("takes a member back that lost its disk", async () => {
    await countsExactlyWhile({ namespace, counter: "disk-lost" }, async () => {
      await kubectl("-n", namespace, "delete", "pvc", "data-visits-etcd-2", "--wait=false");
      await kubectl("-n", namespace, "delete", "pod", "visits-etcd-2", "--force", "--grace-period=0");
      await memberReady(2);
      await ready(namespace, 2);
    });
    await kubectl("-n", namespace, "delete", "pod", "visits-etcd-0", "--force", "--grace-period=0");
    await memberReady(0);
  });
});

async function memberReady(number: number): Promise<void> {
  await until(`member ${number} is ready`, 120, async () => {
    const pod = await readObject<{
      metadata: { deletionTimestamp?: string };
      status: { conditions?: { type: string; status: string }[] };
    }>(namespace, "pod", `visits-etcd-${number}`);
    return pod?.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  });
}
