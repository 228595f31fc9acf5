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

/** The resource `visits`, which must be there. */
export async function visits(namespace: string): Promise<CounterCluster> {
  const cluster = await readObject<CounterCluster>(namespace, "gcc", "visits");
  if (!cluster) throw new Error(`there is no gcc/visits in ${namespace}`);
  return cluster;
}

export function scale(namespace: string, replicas: number): Promise<string> {
  return kubectl("-n", namespace, "scale", "gcc/visits", `--replicas=${replicas}`);
}

/** Waits until the resource says that it is ready, with this many replicas and no pod more. */
export async function ready(namespace: string, replicas: number, seconds = 120): Promise<void> {
  await until(`${replicas} replicas are ready in ${namespace}`, seconds, async () => {
    const { metadata, status } = await visits(namespace);
    if (status?.observedGeneration !== metadata.generation || condition(status, "Ready") !== "True") return false;
    return status.readyReplicas === replicas && (await pods(namespace)).length === replicas;
  });
}

export function condition(status: CounterCluster["status"], type: string): string | undefined {
  return status?.conditions?.find((one) => one.type === type)?.status;
}

export function pods(namespace: string, labels = COUNTERS): Promise<Pod[]> {
  return listObjects<Pod>(namespace, "pods", labels);
}

export async function leader(namespace: string): Promise<string> {
  return until(`${namespace} has a leader`, 30, async () => (await visits(namespace)).status?.leader);
}

/** Changes the resource as `kubectl patch` does. */
export function change(namespace: string, spec: object): Promise<string> {
  return kubectl("-n", namespace, "patch", "gcc/visits", "--type=merge", "-p", JSON.stringify({ spec }));
}

/** What the operator told about the resource, by reason. */
export async function eventReasons(namespace: string): Promise<string[]> {
  const events = await listObjects<{ reason: string; involvedObject: { kind: string } }>(namespace, "events");
  return events.filter(({ involvedObject }) => involvedObject.kind === "CounterCluster").map(({ reason }) => reason);
}
