import type { CounterCluster } from "../../internal/core/operator/counter_cluster.ts";
import { kubectl, listObjects, readObject } from "./kubectl.ts";
import { until } from "./programs.ts";

export const COUNTERS = "app.kubernetes.io/instance=visits,app.kubernetes.io/component=counter";

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The resource `visits`, which must exist. */
export async function visits(namespace: string): Promise<CounterCluster> {
  const cluster = await readObject<CounterCluster>(namespace, "gcc", "visits");
  if (!cluster) throw new Error(`there is no gcc/visits in ${namespace}`);
  return cluster;
}

export function scale(namespace: string, replicas: number): Promise<string> {
  return kubectl("-n", namespace, "scale", "gcc/visits", `--replicas=${replicas}`);
}

/** Waits until the resource is ready with so many replicas, and no other pod exists. */
export async function ready(namespace: string, replicas: number, seconds = 240): Promise<void> {
  await until(`${replicas} replicas are ready in ${namespace}`, seconds, async () => {
    const { metadata, status } = await visits(namespace);
    if (status?.observedGeneration !== metadata.generation || condition(status, "Ready") !== "True") return false;
    return status.readyReplicas === replicas && (await pods(namespace)).length === replicas;
  });
}

/** Waits until its status has not changed for ten seconds, so that nothing is in progress any more. */
export async function quiet(namespace: string): Promise<void> {
  let last = { version: "", since: 0 };
  await until(`nothing changes in ${namespace}`, 180, async () => {
    const { resourceVersion: version = "" } = (await visits(namespace)).metadata;
    const now = performance.now();
    if (version !== last.version) last = { version, since: now };
    return now - last.since > 10_000;
  });
}

export function condition(status: CounterCluster["status"], type: string): string | undefined {
  return status?.conditions?.find((one) => one.type === type)?.status;
}

export function pods(namespace: string, labels = COUNTERS): Promise<Pod[]> {
  return listObjects<Pod>(namespace, "pods", labels);
}

export async function leader(namespace: string): Promise<string> {
  return until(`${namespace} has a leader`, 90, async () => (await visits(namespace)).status?.leader);
}

/** Changes the resource as `kubectl patch` does. */
export function change(namespace: string, spec: object): Promise<string> {
  return kubectl("-n", namespace, "patch", "gcc/visits", "--type=merge", "-p", JSON.stringify({ spec }));
}

/** An Event about the resource. */
export interface Told {
  readonly metadata: { readonly uid: string };
  readonly involvedObject: { readonly kind: string };
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/** Reads the Events about the resource from now on. Earlier ones are included only if the operator repeats them. */
export async function eventsFromNow(namespace: string): Promise<() => Promise<Told[]>> {
  const before = new Map((await events(namespace)).map(({ metadata, count }) => [metadata.uid, count]));
  return async () => (await events(namespace)).filter(({ metadata, count }) => count > (before.get(metadata.uid) ?? 0));
}

async function events(namespace: string): Promise<Told[]> {
  const all = await listObjects<Told>(namespace, "events");
  return all.filter(({ involvedObject }) => involvedObject.kind === "CounterCluster");
}
