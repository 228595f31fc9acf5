import assert from "node:assert/strict";
import type { CounterCluster } from "../../internal/core/operator/counter_cluster.ts";
import { committed, countsExactlyWhile, expectExact } from "./counting.ts";
import { applyObjects, kubectl, listObjects, readObject } from "./kubectl.ts";
import { type Sent, startLoad, stopLoad } from "./load.ts";
import { measured } from "./measured.ts";
import { run, timed, until } from "./programs.ts";
import {
  createNamespace,
  helmInstall,
  helmUninstall,
  helmUpgrade,
  install,
  OPERATOR,
  removeRelease,
} from "./release.ts";
import { HELM } from "./surroundings.ts";
import { pods, ready, visits } from "./visits.ts";

const namespace = "global-cluster-e2e-removal";
const EVERYTHING = [
  "deployments,statefulsets,replicasets,jobs,pods,services,ingresses,configmaps,secrets,persistentvolumeclaims",
  "serviceaccounts,roles,rolebindings,poddisruptionbudgets,networkpolicies,horizontalpodautoscalers,counterclusters",
].join();
/** Kinds without a namespace. The names of the objects say whose they are. */
const EVERYWHERE = "clusterroles,clusterrolebindings";

describe("on a real cluster, a release's life", function () {
  this.timeout(900_000);

  after(() => removeRelease(namespace));

  it("is installed and counts; helm test sees it", async () => {
    await createNamespace(namespace);
    const begin = performance.now();
    const installing = helmInstall(namespace, { replicas: 3 });
    await until("a hit was counted", 240, () => firstHit());
    measured("helm install to the first counted hit", (performance.now() - begin) / 1_000, "s");
    await installing;
    measured("helm install --wait", (performance.now() - begin) / 1_000, "s");
    await ready(namespace, 3);
    await run(HELM, ["test", "visits", "-n", namespace, "--timeout", "90s"]);
  });

  it("keeps the scale that kubectl gave it through an upgrade, which loses nothing", async () => {
    await kubectl("-n", namespace, "scale", "gcc/visits", "--replicas=2");
    await ready(namespace, 2);
    await countsExactlyWhile({ namespace, counter: "upgraded" }, async () => {
      await helmUpgrade(namespace, { podTemplate: { annotations: { "example.org/upgrade": "1" } } });
      await ready(namespace, 2);
    });
    assert.equal((await visits(namespace)).spec.replicas, 2);
  });

  it("continues with the same total when the resource is deleted and created again", async () => {
    const manifest = await visits(namespace);
    const sent = await loseNothing("deleted", () =>
      kubectl("-n", namespace, "delete", "gcc", "visits", "--timeout=240s"),
    );
    await makeAgain(manifest);
    await ready(namespace, 2);
    await expectExact(namespace, "deleted", sent);
  });

  it("does so even if the operator is gone at the deletion", async () => {
    const manifest = await visits(namespace);
    await kubectl("-n", namespace, "scale", "deployment", "-l", OPERATOR, "--replicas=0");
    const sent = await loseNothing("unattended", () =>
      kubectl("-n", namespace, "delete", "gcc", "visits", "--timeout=240s"),
    );
    await kubectl("-n", namespace, "scale", "deployment", "-l", OPERATOR, "--replicas=1");
    await makeAgain(manifest);
    await ready(namespace, 2);
    await expectExact(namespace, "unattended", sent);
  });

  it("leaves the data and the definition behind when it is uninstalled, and nothing else", async () => {
    await helmUpgrade(namespace, {
      ingress: { host: "visits.example" },
      autoscaling: { enabled: true, maxReplicas: 3 },
    });
    await until("there is an Ingress and an autoscaler", 90, async () => {
      return (await objectNames("ingresses,horizontalpodautoscalers")).length === 2;
    });
    const sent = await loseNothing("uninstalled", () => helmUninstall(namespace));
    assert.deepEqual(await leftBehind(), ["PersistentVolumeClaim data-visits-etcd-0"]);
    assert.match(await kubectl("get", "crd", "counterclusters.globalcluster.dev", "-o", "name"), /counterclusters/);
    await helmInstall(namespace, { replicas: 2 });
    await expectExact(namespace, "uninstalled", sent);
  });

  it("can be installed again at once after it is uninstalled", async () => {
    const before = await committed(namespace, "uninstalled");
    await helmUninstall(namespace);
    await helmInstall(namespace, { replicas: 2 });
    // Helm 3 does not wait for resources of a kind that it does not know.
    await ready(namespace, 2);
    assert.equal(await committed(namespace, "uninstalled"), before);
  });

  it("ends with its namespace: nothing gets stuck, and the hits are in the ledger", async () => {
    const volume = await keepVolume();
    let sent: Sent | undefined;
    const took = await timed(async () => {
      sent = await loseNothing("namespace-deleted", () => kubectl("delete", "namespace", namespace, "--timeout=300s"));
    });
    measured("kubectl delete namespace", took, "s");
    await reserveVolume(volume);
    await install(namespace, { replicas: 2 });
    await expectExact(namespace, "namespace-deleted", sent!);
  });
});

/** As from a backup. helm does not touch an object without the marks of its release. */
async function makeAgain({ metadata: { name, labels, annotations }, ...rest }: CounterCluster): Promise<void> {
  await applyObjects({ ...rest, metadata: { name, namespace, labels, annotations }, status: undefined });
}

/** Sends hits until the removal of the service has begun, and waits until its pods are gone. */
async function loseNothing(counter: string, remove: () => Promise<unknown>): Promise<Sent> {
  await startLoad({ namespace, counter });
  await until("hits are counted", 90, async () => (await committed(namespace, counter)) > 100);
  await remove();
  await until("all pods are gone", 240, allGone);
  return stopLoad(counter);
}

async function allGone(): Promise<boolean> {
  const left = await pods(namespace, "app.kubernetes.io/instance=visits,app.kubernetes.io/name=global-cluster");
  if (left.length > 0) throw new Error(`there are still ${left.map(({ metadata }) => metadata.name)}`);
  return true;
}

async function firstHit(): Promise<boolean> {
  const port = "services/visits:80";
  await kubectl("get", "--raw", `/api/v1/namespaces/${namespace}/${port}/proxy/`);
  return (await committed(namespace, "visits")) > 0;
}

async function leftBehind(): Promise<string[]> {
  const inside = (await objectNames(EVERYTHING)).filter((name) => !OF_THE_NAMESPACE.includes(name));
  const outside = (await objectNames(EVERYWHERE)).filter((name) => name.includes(namespace));
  return [...inside, ...outside];
}

/** Each as `Kind name`. */
async function objectNames(kinds: string): Promise<string[]> {
  const objects = await listObjects<{ kind: string; metadata: { name: string } }>(namespace, kinds);
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

/** Kubernetes makes these in each namespace. */
const OF_THE_NAMESPACE = ["ServiceAccount default", "ConfigMap kube-root-ca.crt"];

/** So that the volume outlives its claim. */
async function keepVolume(): Promise<string> {
  const claim = await readObject<{ spec: { volumeName: string } }>(namespace, "pvc", "data-visits-etcd-0");
  const volume = claim!.spec.volumeName;
  const keep = { spec: { persistentVolumeReclaimPolicy: "Retain" } };
  await kubectl("patch", "pv", volume, "-p", JSON.stringify(keep));
  return volume;
}

/** Gives a kept volume to the claim of that name again, as the README says. */
async function reserveVolume(volume: string): Promise<void> {
  const claimRef = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    namespace,
    name: "data-visits-etcd-0",
    uid: null,
    resourceVersion: null,
  };
  await kubectl("patch", "pv", volume, "--type=merge", "-p", JSON.stringify({ spec: { claimRef } }));
}
