import { isRecent } from "../iso_time.ts";
import type { ContainerStatus, Pod } from "./children.ts";
import { lastWords } from "./last_words.ts";
import type { Problem } from "./verdict.ts";
import { PENDING_FOR } from "./volumes.ts";

/** Why a container waits, as the kubelet words it, and what it means to us. */
const WAITING: Readonly<Record<string, string>> = {
  ErrImagePull: "ImageNotPulled",
  ImagePullBackOff: "ImageNotPulled",
  InvalidImageName: "ImageNotPulled",
  ErrImageNeverPull: "ImageNotPulled",
  CreateContainerConfigError: "PodNotConfigured",
  CreateContainerError: "PodNotConfigured",
  RunContainerError: "PodNotConfigured",
  CrashLoopBackOff: "PodCrashes",
};

/** What keeps a pod from running that does not pass by itself, or null. */
export function podProblem(pod: Pod, now: number): Problem | null {
  const unscheduled = withoutMachine(pod, now);
  if (unscheduled) return unscheduled;
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const problem = containerProblem(pod, container);
    if (problem) return problem;
  }
  return null;
}

function withoutMachine({ metadata, status }: Pod, now: number): Problem | null {
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") return null;
  if (isRecent(metadata.creationTimestamp, PENDING_FOR, now)) return null;
  const message = `${metadata.name} has no machine: ${scheduled.message ?? "no reason is given"}`;
  return { reason: "Unschedulable", message };
}

function containerProblem({ metadata }: Pod, container: ContainerStatus): Problem | null {
  const waiting = container.state?.waiting;
  const reason = WAITING[waiting?.reason ?? ""];
  if (reason === undefined) return null;
  const words = (reason === "PodCrashes" ? endOf(container) : undefined) ?? waiting?.message ?? waiting?.reason;
  return { reason, message: `${metadata.name} (container ${container.name}): ${words}` };
}

function endOf({ lastState, state }: ContainerStatus): string | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  if (!ended) return undefined;
  return (
    lastWords(ended.message ?? "") ?? `ended with code ${ended.exitCode}${ended.reason ? ` (${ended.reason})` : ""}`
  );
}
