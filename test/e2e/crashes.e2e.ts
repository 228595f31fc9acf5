import assert from "node:assert/strict";
import { needs } from "../needs.ts";
import { clusterState, committed, countsExactlyWhile, expectExact } from "./counting.ts";
import { crashPod, destroyPod, killProcess, type LastHits, restarts } from "./destroying.ts";
import { kubectl, readObject } from "./kubectl.ts";
import type { Sent } from "./load.ts";
import { measured } from "./measured.ts";
import { run, runShell, until } from "./programs.ts";
import { install, OPERATOR, removeRelease } from "./release.ts";
import { STOP_API_SERVER } from "./surroundings.ts";
import { change, eventsFromNow, leader, pods, ready, scale, type Told, visits } from "./visits.ts";

const namespace = "global-cluster-e2e-crashes";

describe("on a real cluster, crashes", function () {
  this.timeout(900_000);

  before(() =>
    install(namespace, { replicas: 3, podTemplate: { shareProcessNamespace: true }, access: { maxBy: 1_000 } }),
  );
  after(() => removeRelease(namespace));

  it("the leader's pod is deleted", async () => {
    await countsExactlyWhile({ namespace, counter: "leader-deleted" }, async () => {
      const old = await leader(namespace);
      await kubectl("-n", namespace, "delete", "pod", old, "--wait=false");
      await until("another pod leads", 150, async () => (await leader(namespace)) !== old);
      await ready(namespace, 3);
    });
  });

  it("a pod is destroyed together with its disk: what was committed stays, and no more is lost than it showed as pending", async () => {
    const last = { counter: "destroyed", committed: 1_000, pending: 50 };
    await countsExactlyWhile({ namespace, counter: "forced", committed: true }, async () => {
      const [victim] = await pods(namespace);
      await destroyPod(namespace, victim!.metadata.name, last);
      await ready(namespace, 3);
    });
    await expectExact(namespace, last.counter, sentBefore(last));
    const lost = last.committed + last.pending - (await committed(namespace, last.counter));
    measured("hits lost with a destroyed pod", lost, `of ${last.pending} pending`);
  });

  it("the process in a pod is killed", async () => {
    await countsExactlyWhile({ namespace, counter: "process-killed" }, async () => {
      const victim = await leader(namespace);
      await killProcess(namespace, victim);
      await ready(namespace, 3);
    });
  });

  const AWAY: Record<string, (victim: string) => Promise<unknown>> = {
    "kubectl scale gcc/visits": () => scale(namespace, 2),
    "kubectl scale deployment/visits": () => kubectl("-n", namespace, "scale", "deployment/visits", "--replicas=2"),
    "kubectl rollout restart": () => kubectl("-n", namespace, "rollout", "restart", "deployment/visits"),
    "an eviction": (victim) => assert.rejects(evict(victim), /disruption budget/),
  };
  for (const [how, act] of Object.entries(AWAY)) {
    it(`a pod crashes, and ${how} would remove it: it stays until its hits are committed`, async () => {
      await scale(namespace, 3);
      await ready(namespace, 3);
      const last = { counter: `crashed-${how.replaceAll(/\W/g, "-")}`, committed: 1_000, pending: 500 };
      const victim = await unharmedFollower();
      await countsExactlyWhile({ namespace, counter: `beside-${last.counter}`, rate: 20 }, async () => {
        await crashPod(namespace, victim, last);
        await until(`${victim} waits to be started again`, 90, () => hasCrashed(victim));
        await act(victim);
        const wanted = how.includes("gcc") ? 2 : 3;
        await until("the pods are as they should be", 180, async () => !(await uidsByName()).has(victim));
        await ready(namespace, wanted);
      });
      const acknowledged = last.committed + last.pending;
      await expectExact(namespace, last.counter, { acknowledged, refused: 0, unanswered: 0, why: {} });
    });
  }

  it("the operator is killed in the middle of an update", async () => {
    await countsExactlyWhile({ namespace, counter: "operator-killed" }, async () => {
      await change(namespace, { podTemplate: { annotations: { "example.org/update": "1" } } });
      await until("one pod is new, and not all are", 150, async () => {
        const { replicas = 0, updatedReplicas = 0 } = await deployed();
        return updatedReplicas >= 1 && updatedReplicas < replicas;
      });
      await kubectl("-n", namespace, "delete", "pod", "-l", OPERATOR, "--force", "--grace-period=0");
      await until("all pods are new", 300, async () => {
        const all = await pods(namespace);
        return all.length === 3 && all.every(isUpdated);
      });
      await ready(namespace, 3);
    });
  });

  it("etcd's pod is deleted: until it is back, the operator removes and replaces no pod, and a deleted pod hands its hits over", async () => {
    await countsExactlyWhile({ namespace, counter: "etcd-deleted" }, async () => {
      const told = await eventsFromNow(namespace);
      await kubectl("-n", namespace, "create", "quota", "nothing-new", "--hard=pods=0");
      await kubectl("-n", namespace, "delete", "pod", "visits-etcd-0", "--grace-period=1");
      await until("the store is away", 90, async () => (await visits(namespace)).status?.conditions?.some(isAway));
      const before = await uids();
      await scale(namespace, 2);
      await change(namespace, { podTemplate: { annotations: { "example.org/update": "2" } } });
      await until("it is told that the rollout waits", 90, async () =>
        (await told()).some(({ reason }) => reason === "RolloutPostponed"),
      );
      assert.deepEqual(await uids(), before);
      const [leaving] = (await pods(namespace)).map(({ metadata }) => metadata.name);
      await kubectl("-n", namespace, "delete", "pod", leaving!);
      await until(`${leaving} has handed its hits over`, 90, async () => (await told()).some(handedOver(leaving!)));
      await kubectl("-n", namespace, "delete", "quota", "nothing-new");
      await until("the store is back", 180, async () => (await clusterState(namespace)).store === "ok");
      await until("all pods are new", 240, async () => (await uids()).every((uid) => !before.includes(uid)));
      await ready(namespace, 2);
    });
  });

  it("the API server is away for 30 s", async function () {
    needs(this, "E2E_STOP_API_SERVER");
    await countsExactlyWhile({ namespace, counter: "api-server-away" }, async () => {
      await runShell(STOP_API_SERVER);
      await ready(namespace, 2, 90);
    });
  });
});

function isAway({ type, status }: { readonly type: string; readonly status: string }): boolean {
  return type === "StoreHealthy" && status === "False";
}

/** The contract lets a destroyed pod lose what it showed as pending, so these hits count as unanswered. */
function sentBefore({ committed, pending }: LastHits): Sent {
  return { acknowledged: committed, refused: 0, unanswered: pending, why: {} };
}

function handedOver(pod: string): (event: Told) => boolean {
  return ({ reason, message }) =>
    reason === "PodDrained" && new RegExp(`^${pod} .*handed \\d+ hits over`).test(message);
}

interface Deployed {
  readonly metadata: object;
  readonly status: { readonly replicas?: number; readonly updatedReplicas?: number };
}

async function deployed(): Promise<Deployed["status"]> {
  return (await readObject<Deployed>(namespace, "deployment", "visits"))?.status ?? {};
}

/** As `kubectl drain` does. */
async function evict(name: string): Promise<string> {
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  return run("kubectl", ["create", "--raw", path, "-f", "-"], JSON.stringify(eviction));
}

async function uidsByName(): Promise<Map<string, string>> {
  return new Map((await pods(namespace)).map(({ metadata }) => [metadata.name, metadata.uid]));
}

/**
 * A pod that does not lead and whose container was never started again. After earlier crashes Kubernetes waits at the first of these already,
 * and while it waits for more of them the operator replaces the pod.
 */
async function unharmedFollower(): Promise<string> {
  const leads = await leader(namespace);
  for (const { metadata } of await pods(namespace))
    if (metadata.name !== leads && (await restarts(namespace, metadata.name)) === 0) return metadata.name;
  throw new Error("each follower was started again before");
}

async function hasCrashed(pod: string): Promise<boolean> {
  return JSON.stringify(await readObject(namespace, "pod", pod)).includes("CrashLoopBackOff");
}

async function uids(): Promise<string[]> {
  return (await pods(namespace)).map(({ metadata }) => metadata.uid).sort();
}

function isUpdated(pod: object): boolean {
  return JSON.stringify(pod).includes('"example.org/update":"1"');
}
