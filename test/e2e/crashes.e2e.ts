import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterState, countsExactlyWhile } from "./counting.ts";
import { kubectl, readObject } from "./kubectl.ts";
import { runShell, until } from "./programs.ts";
import { install, OPERATOR, removeRelease } from "./release.ts";
import { STOP_API_SERVER } from "./surroundings.ts";
import { change, eventReasons, leader, pods, ready, scale, visits } from "./visits.ts";

const namespace = "global-cluster-e2e-crashes";

describe("on a real cluster, what dies", function () {
  this.timeout(240_000);

  before(() => install(namespace, { replicas: 3, podTemplate: { shareProcessNamespace: true } }));
  after(() => removeRelease(namespace));

  it("the leader's pod is deleted", async () => {
    await countsExactlyWhile({ namespace, counter: "leader-deleted" }, async () => {
      const old = await leader(namespace);
      await kubectl("-n", namespace, "delete", "pod", old, "--wait=false");
      await until("another pod leads", 60, async () => (await leader(namespace)) !== old);
      await ready(namespace, 3);
    });
  });

  it("a pod is destroyed together with its disk, after its hits were collected", async () => {
    await countsExactlyWhile({ namespace, counter: "forced", committed: true }, async () => {
      await sleep(3_000);
      const [victim] = await pods(namespace);
      await kubectl("-n", namespace, "delete", "pod", victim!.metadata.name, "--force", "--grace-period=0");
      await ready(namespace, 3);
    });
  });

  it("the process in a pod is killed", async () => {
    await countsExactlyWhile({ namespace, counter: "process-killed" }, async () => {
      const victim = await leader(namespace);
      await sleep(2_000);
      await killProcess(victim);
      await until(`the container of ${victim} was started again`, 60, async () => (await restarts(victim)) > 0);
      await ready(namespace, 3);
    });
  });

  it("the operator is killed in the middle of an update", async () => {
    await countsExactlyWhile({ namespace, counter: "operator-killed" }, async () => {
      await change(namespace, { podTemplate: { annotations: { "example.org/update": "1" } } });
      await kubectl("-n", namespace, "delete", "pod", "-l", OPERATOR, "--force", "--grace-period=0");
      await until("all pods are new", 180, async () => {
        const all = await pods(namespace);
        return all.length === 3 && all.every(isUpdated);
      });
      await ready(namespace, 3);
    });
  });

  it("etcd's pod is deleted; meanwhile nothing is scaled down or rolled out, and then it is", async () => {
    await countsExactlyWhile({ namespace, counter: "etcd-deleted" }, async () => {
      await kubectl("-n", namespace, "create", "quota", "nothing-new", "--hard=pods=0");
      await kubectl("-n", namespace, "delete", "pod", "visits-etcd-0", "--force", "--grace-period=0");
      await until("the store is away", 30, async () => (await visits(namespace)).status?.conditions?.some(isAway));
      const before = await uids();
      await scale(namespace, 2);
      await change(namespace, { podTemplate: { annotations: { "example.org/update": "2" } } });
      await until("it is told that the rollout waits", 30, async () =>
        (await eventReasons(namespace)).includes("RolloutPostponed"),
      );
      assert.deepEqual(await uids(), before);
      await kubectl("-n", namespace, "delete", "quota", "nothing-new");
      await until("the store is back", 90, async () => (await clusterState(namespace)).store === "ok");
      await until("all pods are new", 120, async () => (await uids()).every((uid) => !before.includes(uid)));
      await ready(namespace, 2);
    });
  });

  it("the API server is away for 30 s", async function () {
    if (STOP_API_SERVER === "") return this.skip();
    await countsExactlyWhile({ namespace, counter: "api-server-away" }, async () => {
      await runShell(STOP_API_SERVER);
      await ready(namespace, 2, 90);
    });
  });
});

function isAway({ type, status }: { readonly type: string; readonly status: string }): boolean {
  return type === "StoreHealthy" && status === "False";
}

async function uids(): Promise<string[]> {
  return (await pods(namespace)).map(({ metadata }) => metadata.uid).sort();
}

function isUpdated(pod: object): boolean {
  return JSON.stringify(pod).includes('"example.org/update":"1"');
}

/** `kill -9 1` from inside does nothing; with a shared process namespace the program has another number. */
async function killProcess(pod: string): Promise<void> {
  const script = `
    const { readdirSync, readFileSync } = require("node:fs");
    const found = readdirSync("/proc").filter((id) => /^\\d+$/.test(id) && Number(id) !== process.pid)
      .filter((id) => readFileSync("/proc/" + id + "/cmdline", "latin1").includes("cmd/node.ts"));
    if (found.length !== 1) throw new Error("found " + found.length + " counters");
    process.kill(Number(found[0]), "SIGKILL");`;
  await kubectl("-n", namespace, "exec", pod, "-c", "counter", "--", "node", "-e", script);
}

async function restarts(pod: string): Promise<number> {
  const found = await readObject<{ status: { containerStatuses: { restartCount: number }[] } }>(namespace, "pod", pod);
  assert.ok(found, `pod ${pod} is gone`);
  return Math.max(...found.status.containerStatuses.map(({ restartCount }) => restartCount));
}
