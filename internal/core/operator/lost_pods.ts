import { hasServed, isEnded } from "./crashed_pods.ts";
import { drainReport, hits } from "./drain_report.ts";
import { componentOf } from "./live_pods.ts";
import type { Observation } from "./observation.ts";

/** What a counter pod had pending when its leader last heard it. */
export interface LastHeard {
  readonly pending: number;
  /** Wall-clock milliseconds. */
  readonly at: number;
}

/** A counter pod that is gone, and with it the hits that it had neither committed nor handed over. */
export interface LostPod {
  readonly name: string;
  /** From its own report. Null: it made none, because it was destroyed or had crashed. */
  readonly left: number | null;
  /** Null: no leader has heard the pod since the operator started. */
  readonly heard: LastHeard | null;
}

/** The last known numbers of all pods by name. `before`: those of the previous decision. */
export function lastHeard(
  before: ReadonlyMap<string, LastHeard>,
  { report, pods }: Observation,
): ReadonlyMap<string, LastHeard> {
  const there = new Set(pods.map(({ metadata }) => metadata.name));
  const heard = new Map([...before].filter(([name]) => there.has(name)));
  for (const { name, pending, age } of report?.nodes ?? []) {
    // A new leader has not heard a pod that had crashed before.
    if (age !== null && there.has(name)) heard.set(name, { pending, at: (report?.at ?? 0) - age * 1_000 });
  }
  return heard;
}

/** Counter pods that have gone since the observation `before` without having drained. */
export function lostPods(before: Observation, { pods }: Observation, heard: ReadonlyMap<string, LastHeard>): LostPod[] {
  const now = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
  return before.pods
    .filter((pod) => componentOf(pod) === "counter" && !isEnded(pod) && hasServed(pod))
    .flatMap((pod): LostPod[] => {
      const last = now.get(pod.metadata.uid);
      if (last && !isEnded(last)) return [];
      const left = drainReport(last ?? pod)?.left ?? null;
      const { name } = pod.metadata;
      return left === 0 ? [] : [{ name, left, heard: heard.get(name) ?? null }];
    });
}

/** Hits that are lost with these pods: exactly, or as many as were pending when they were last heard. */
export function lostHits(lost: readonly LostPod[]): number {
  return lost.reduce((sum, { left, heard }) => sum + (left ?? heard?.pending ?? 0), 0);
}

export function lossMessage({ name, heard }: LostPod, now: number): string {
  const gone = `${name} is gone and did not report that it drained.`;
  if (heard === null) return `${gone} It is not known how many hits it had pending.`;
  const seconds = Math.max(0, Math.round((now - heard.at) / 1_000));
  const had = `It had ${hits(heard.pending)} pending when it was last heard, ${seconds} s ago.`;
  return `${gone} ${had} Those, and what it took after that, are lost unless they were committed.`;
}
