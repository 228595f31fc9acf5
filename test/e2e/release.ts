import { fileURLToPath } from "node:url";
import { applyObjects, kubectl, readObject } from "./kubectl.ts";
import { run, until } from "./programs.ts";
import { HELM, IMAGE, STORAGE_CLASS } from "./surroundings.ts";
import { ready } from "./visits.ts";

/** Pods of the operator of a release. */
export const OPERATOR = "app.kubernetes.io/component=operator,app.kubernetes.io/instance=visits";

/** The counter's values that a test sets. All others have the chart's defaults. */
export interface Counter {
  readonly replicas?: number;
  /** Of the managed etcd. */
  readonly members?: 1 | 3;
  /** Image of the managed etcd, if it is not the chart's default. */
  readonly etcdImage?: string;
  /** Image of the counters. Without it, they keep the one that they were installed with. */
  readonly image?: string;
  readonly podTemplate?: object;
  /** Undefined: not set, for charts that do not know it. */
  readonly access?: object | undefined;
  readonly monitoring?: object;
  readonly ingress?: object;
  /** A field of the newer chart alone: newer_chart.ts. */
  readonly note?: string;
  readonly autoscaling?: object;
}

export const CHART = fileURLToPath(new URL("../../charts/global-cluster", import.meta.url));
/** Long enough to commit the rest of the log, and short enough for a test. The store outlives it. */
const DRAIN_SECONDS = 12;
/** Tests crash pods right after so many hits. One by one, they would be committed meanwhile. */
const MAX_BY = 1_000;

/** A namespace with the strictest Pod Security level. */
export async function createNamespace(name: string): Promise<void> {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await applyObjects({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
}

/** How helm is called. */
interface How {
  /** Folder of the chart, if not ours. */
  readonly chart?: string;
  readonly flags?: readonly string[];
  /** The image, if it is not the one under test. */
  readonly image?: string;
}

/** Installs a release `visits` in its own namespace, and waits until it is ready. */
export async function install(namespace: string, counter: Counter, how?: How): Promise<void> {
  await createNamespace(namespace);
  await helmInstall(namespace, counter, how);
  await ready(namespace, counter.replicas ?? 3);
}

/** Leaves the replicas of `counter` to kubectl. The chart would otherwise own them. */
export async function helmInstall(namespace: string, counter: Counter, how?: How): Promise<void> {
  await helm("install", namespace, counter, how);
  if (counter.replicas !== undefined)
    await kubectl("-n", namespace, "scale", "gcc/visits", `--replicas=${counter.replicas}`);
}

export async function helmUpgrade(namespace: string, counter: Counter, how?: How): Promise<void> {
  await helm("upgrade", namespace, counter, how);
}

/** Does not wait for the pods to end. */
export async function helmUninstall(namespace: string): Promise<void> {
  await run(HELM, ["uninstall", "visits", "-n", namespace, "--ignore-not-found"]);
}

/** Removes what a suite created, including its data, while the next suite runs. `allRemoved` waits for it. */
export async function removeRelease(namespace: string): Promise<void> {
  await helmUninstall(namespace);
  await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
  removed.push(namespace);
}

/** Waits until everything that a suite removed is gone. */
export async function allRemoved(): Promise<void> {
  for (const namespace of removed)
    await until(
      `${namespace} is gone`,
      240,
      async () => (await readObject("default", "namespace", namespace)) === null,
    );
}

const removed: string[] = [];

async function helm(command: "install" | "upgrade", namespace: string, counter: Counter, how: How = {}): Promise<void> {
  const { chart = CHART, flags = [], image = IMAGE } = how;
  const args = [command, "visits", chart, "-n", namespace, "--wait", "--timeout", "400s", "-f", "-", ...flags];
  await run(HELM, args, JSON.stringify(valuesFor(counter, image)));
}

/** Values that are not set have the chart's defaults. */
function valuesFor({ members = 1, etcdImage, replicas: _, autoscaling, ...more }: Counter, image: string): object {
  const [repository, tag] = image.split(/:(?=[^/]*$)/);
  const storage = STORAGE_CLASS === "" ? {} : { storage: { size: "1Gi", storageClassName: STORAGE_CLASS } };
  const store = { etcd: { managed: { members, ...storage, ...(etcdImage && { image: etcdImage }) } } };
  const counter = { drainSeconds: DRAIN_SECONDS, access: { maxBy: MAX_BY }, store, ...more };
  return { image: { repository, tag }, counter, autoscaling };
}
