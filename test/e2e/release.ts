import { fileURLToPath } from "node:url";
import { applyObjects, kubectl, readObject } from "./kubectl.ts";
import { run, until } from "./programs.ts";
import { HELM, IMAGE, STORAGE_CLASS } from "./surroundings.ts";
import { ready } from "./visits.ts";

/** Pods of the operator of a release. */
export const OPERATOR = "app.kubernetes.io/component=operator,app.kubernetes.io/instance=visits";

/** What a test says of the counter; everything else is as the chart has it. */
export interface Counter {
  readonly replicas?: number;
  /** Of the managed etcd. */
  readonly members?: 1 | 3;
  readonly podTemplate?: object;
  readonly monitoring?: object;
  readonly ingress?: object;
  /** Only the newer chart knows it: newer_chart.ts. */
  readonly note?: string;
  readonly autoscaling?: object;
}

export const CHART = fileURLToPath(new URL("../../charts/global-cluster", import.meta.url));
/** Long enough for what is left in the log, short enough for a test. The store outlives it. */
const DRAIN_SECONDS = 12;

/** A namespace that admits only what the strictest Pod Security level admits. */
export async function createNamespace(name: string): Promise<void> {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await applyObjects({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
}

/** How helm is called. */
interface How {
  /** Folder of another chart than ours. */
  readonly chart?: string;
  readonly flags?: readonly string[];
}

/** A release `visits` in a namespace of its own, which is ready. */
export async function install(namespace: string, counter: Counter, how?: How): Promise<void> {
  await createNamespace(namespace);
  await helmInstall(namespace, counter, how);
  await ready(namespace, counter.replicas ?? 3);
}

/** Of `counter`, the replicas are left to kubectl: the chart would keep them for itself. */
export async function helmInstall(namespace: string, counter: Counter, how?: How): Promise<void> {
  await helm("install", namespace, counter, how);
  if (counter.replicas !== undefined)
    await kubectl("-n", namespace, "scale", "gcc/visits", `--replicas=${counter.replicas}`);
}

export async function helmUpgrade(namespace: string, counter: Counter, how?: How): Promise<void> {
  await helm("upgrade", namespace, counter, how);
}

/** Waits for nothing: the pods end in their own time. */
export async function helmUninstall(namespace: string): Promise<void> {
  await run(HELM, ["uninstall", "visits", "-n", namespace, "--ignore-not-found"]);
}

/** Removes what a suite made, its data as well. It goes while the next suite runs: `allRemoved` waits for it. */
export async function removeRelease(namespace: string): Promise<void> {
  await helmUninstall(namespace);
  await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
  removed.push(namespace);
}

/** Waits until nothing that a suite removed is left. */
export async function allRemoved(): Promise<void> {
  for (const namespace of removed)
    await until(
      `${namespace} is gone`,
      120,
      async () => (await readObject("default", "namespace", namespace)) === null,
    );
}

const removed: string[] = [];

async function helm(command: "install" | "upgrade", namespace: string, counter: Counter, how: How = {}): Promise<void> {
  const { chart = CHART, flags = [] } = how;
  const args = [command, "visits", chart, "-n", namespace, "--wait", "--timeout", "180s", "-f", "-", ...flags];
  await run(HELM, args, JSON.stringify(valuesFor(counter)));
}

/** The chart takes what is not said for its default. */
function valuesFor({ members = 1, replicas: _, autoscaling, ...more }: Counter): object {
  const [repository, tag] = IMAGE.split(/:(?=[^/]*$)/);
  const storage = STORAGE_CLASS === "" ? {} : { storage: { size: "1Gi", storageClassName: STORAGE_CLASS } };
  const store = { etcd: { managed: { members, ...storage } } };
  return { image: { repository, tag }, counter: { drainSeconds: DRAIN_SECONDS, store, ...more }, autoscaling };
}
