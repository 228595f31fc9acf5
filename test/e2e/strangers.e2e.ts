import assert from "node:assert/strict";
import { ADMIN_PORT, HTTP_PORT, PEER_PORT } from "../../internal/core/operator/desired/ports.ts";
import type { KubernetesObject } from "../../internal/ports/kubernetes.ts";
import { committed, countsExactlyWhile, expectExact } from "./counting.ts";
import { applyObjects, deleteNamespace, kubectl, listObjects } from "./kubectl.ts";
import { startLoad, stopLoad } from "./load.ts";
import { until } from "./programs.ts";
import { createNamespace, install, OPERATOR, removeRelease } from "./release.ts";
import { accepting, startStranger } from "./strangers.ts";
import { change, type Pod, pods, ready, visits } from "./visits.ts";

const namespace = "global-cluster-e2e-strangers";
const elsewhere = "global-cluster-e2e-elsewhere";
const STORE = "app.kubernetes.io/instance=visits,app.kubernetes.io/component=etcd";

/** What a stranger's pod reaches, from the release's namespace and from another one. */
describe("on a real cluster that enforces NetworkPolicies, a stranger", function () {
  this.timeout(900_000);

  before(async () => {
    await install(namespace, { replicas: 3 });
    await createNamespace(elsewhere);
    for (const one of [namespace, elsewhere]) await startStranger(one);
  });
  after(async () => {
    await removeRelease(namespace);
    await deleteNamespace(elsewhere);
  });

  it("reaches the public port of every pod, and nothing else", async () => {
    for (const from of [namespace, elsewhere]) await reachesThePageAlone(from);
  });

  it("reaches no more while the pods are replaced, which loses nothing", async () => {
    const seen = new Set<string>();
    await countsExactlyWhile({ namespace, counter: "replaced" }, async () => {
      await change(namespace, { podTemplate: { annotations: { "example.org/upgrade": "1" } } });
      let done = false;
      const replaced = ready(namespace, 3).finally(() => {
        done = true;
      });
      while (!done) {
        for (const from of [namespace, elsewhere])
          for (const name of await reachesNothingForbidden(from)) seen.add(name);
      }
      await replaced;
    });
    assert.ok(seen.size >= 6, `old pods and new ones were tried: ${[...seen]}`);
  });

  it("would reach everything without the policies, so the tests above can fail", async () => {
    await change(namespace, { networkPolicy: false });
    const { forbidden } = await addresses();
    const inside = forbidden.filter((address) => !address.endsWith(":8080"));
    await until("all ports let strangers in", 90, async () => {
      const open = await accepting(elsewhere, inside);
      return open.length === inside.length;
    });
    await change(namespace, { networkPolicy: true });
    await until("they do not any more", 90, async () => (await accepting(elsewhere, forbidden)).length === 0);
  });

  it("does not matter where the namespace denies everything: deleting the resource loses no hit, and the policies go last", async () => {
    await applyObjects({
      ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "deny-all", namespace } },
      spec: { podSelector: {}, policyTypes: ["Ingress"] },
    });
    const { metadata, ...rest } = await visits(namespace);
    const { name, labels, annotations } = metadata;
    await startLoad({ namespace, counter: "denied" });
    await until("hits are counted", 90, async () => (await committed(namespace, "denied")) > 100);
    await kubectl("-n", namespace, "delete", "gcc", "visits", "--timeout=150s");
    const protectedTimes = await policiesWhilePodsLeave();
    const sent = await stopLoad("denied");
    assert.ok(protectedTimes > 5, `the policies were seen ${protectedTimes} times beside pods`);
    await until("the policies are gone, too", 90, async () => (await ownPolicies()).length === 0);
    await applyObjects({ ...rest, metadata: { name, namespace, labels, annotations }, status: undefined });
    await ready(namespace, 3);
    await expectExact(namespace, "denied", sent);
  });
});

/** The addresses of all ports of the release: what everybody may reach, and what nobody else may. */
async function addresses(): Promise<{ open: string[]; forbidden: string[]; counters: Pod[] }> {
  const [counters, members, operators] = await Promise.all(
    [undefined, STORE, OPERATOR].map((labels) => pods(namespace, labels)),
  );
  const at = (list: readonly Pod[] = [], ports: readonly number[]) =>
    list.flatMap(({ status: { podIP } }) => (podIP ? ports.map((port) => `${podIP}:${port}`) : []));
  return {
    open: at(counters, [HTTP_PORT]),
    forbidden: [...at(counters, [PEER_PORT, ADMIN_PORT]), ...at(members, [2379, 2380, 2381]), ...at(operators, [8080])],
    counters: counters ?? [],
  };
}

async function reachesThePageAlone(from: string): Promise<void> {
  const { open, forbidden } = await addresses();
  assert.deepEqual([open.length, forbidden.length], [3, 10], "three counters, one member, one operator");
  assert.deepEqual(await accepting(from, [...open, ...forbidden]), open, `from ${from}`);
  const headless = ["visits-peers", "visits-etcd"].map((service) => `${service}.${namespace}.svc.cluster.local`);
  const named = [`${headless[0]}:${PEER_PORT}`, `${headless[0]}:${ADMIN_PORT}`, `${headless[1]}:2379`];
  assert.deepEqual(await accepting(from, named), [], `from ${from}, by name`);
  const page = `visits.${namespace}.svc.cluster.local`;
  // No Service but the headless one leads to the other ports.
  const byService = [80, PEER_PORT, ADMIN_PORT].map((port) => `${page}:${port}`);
  assert.deepEqual(await accepting(from, byService), [`${page}:80`], `from ${from}, through the Service`);
}

/** Resolves to the names of the counter pods that were there. */
async function reachesNothingForbidden(from: string): Promise<string[]> {
  const { forbidden, counters } = await addresses();
  assert.deepEqual(await accepting(from, forbidden), [], `from ${from}`);
  return counters.map(({ metadata }) => metadata.name);
}

/** Waits until the last pod is gone. Asserts that the policies are there until then. Resolves to how often both were seen. */
async function policiesWhilePodsLeave(): Promise<number> {
  const seen: string[] = [];
  await until("all pods are gone", 240, async () => {
    const policies = await ownPolicies();
    const left = await pods(namespace, "app.kubernetes.io/instance=visits,app.kubernetes.io/name=global-cluster");
    if (left.length > 0) seen.push(policies.join());
    return left.length === 0;
  });
  assert.deepEqual([...new Set(seen)], ["visits,visits-etcd"], "policies while there are pods");
  return seen.length;
}

async function ownPolicies(): Promise<string[]> {
  const labels = "app.kubernetes.io/managed-by=global-cluster-operator";
  const found = await listObjects<KubernetesObject>(namespace, "networkpolicies", labels);
  return found.map(({ metadata }) => metadata.name);
}
