import { isRecent } from "../iso_time.ts";
import type { ContainerStatus, Pod } from "./children.ts";
import { type Failure, PENDING_TIMEOUT_MS } from "./failure.ts";
import { lastWords } from "./last_words.ts";

/** The kubelet's reasons why a container waits, and the condition's reason for each. */
const REASONS: Readonly<Record<string, string>> = {
  ErrImagePull: "ImageNotPulled",
  ImagePullBackOff: "ImageNotPulled",
  InvalidImageName: "ImageNotPulled",
  ErrImageNeverPull: "ImageNotPulled",
  CreateContainerConfigError: "PodNotConfigured",
  CreateContainerError: "PodNotConfigured",
  RunContainerError: "PodNotConfigured",
  CrashLoopBackOff: "PodCrashes",
};

/** What keeps a pod from running and does not pass by itself; null: nothing. */
export function podFailure(pod: Pod, now: number): Failure | null {
  const unscheduled = unschedulable(pod, now);
  if (unscheduled) return unscheduled;
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const failure = containerFailure(pod, container);
    if (failure) return failure;
  }
  return null;
}

function unschedulable({ metadata, status }: Pod, now: number): Failure | null {
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") return null;
  if (isRecent(metadata.creationTimestamp, PENDING_TIMEOUT_MS, now)) return null;
  const message = `${metadata.name} cannot be scheduled: ${scheduled.message ?? "no reason is given"}`;
  return { reason: "Unschedulable", message };
}

function containerFailure({ metadata }: Pod, container: ContainerStatus): Failure | null {
  const waiting = container.state?.waiting;
  const reason = REASONS[waiting?.reason ?? ""];
  if (reason === undefined) return null;
  const why = (reason === "PodCrashes" ? endOf(container) : undefined) ?? waiting?.message ?? waiting?.reason;
  return { reason, message: `${metadata.name} (container ${container.name}): ${why}` };
}

function endOf({ lastState, state }: ContainerStatus): string | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  if (!ended) return undefined;
  return (
    lastWords(ended.message ?? "") ?? `ended with code ${ended.exitCode}${ended.reason ? ` (${ended.reason})` : ""}`
  );
}
