import { isRecent } from "../iso_time.ts";
import type { Pod } from "./children.ts";
import type { Failure } from "./failure.ts";
import type { Findings } from "./findings.ts";

/** Longer than members take to start together, or to take one back. */
const WAIT_TIMEOUT_MS = 120_000;

/** Members that wait for the others before their etcd starts, while the store does not answer: waiting alone will not bring it back. */
export function waitingMembers(findings: Findings): Failure[] {
  if (!isAway(findings)) return [];
  const { namespace } = findings.cluster.metadata;
  return findings.etcdPods
    .filter((pod) => waitsForOthers(pod, findings.now))
    .map(({ metadata: { name } }) => ({
      reason: "MemberWaits",
      message: `${name} waits for the store's other members, and the store does not answer. It will when more than half of its members run with their volumes. To see which ones are missing: kubectl logs -n ${namespace} ${name} -c prepare`,
    }));
}

/** As the counters report it. If none reports: whether no quorum of members is ready. */
function isAway({ currentReport, cluster, statefulSet }: Findings): boolean {
  if (currentReport) return currentReport.store === "away";
  const members = cluster.spec.store.etcd.managed?.members ?? 0;
  return (statefulSet?.status?.readyReplicas ?? 0) <= members / 2;
}

function waitsForOthers({ status }: Pod, now: number): boolean {
  const startedAt = status?.initContainerStatuses?.find(({ name }) => name === "prepare")?.state?.running?.startedAt;
  return startedAt !== undefined && !isRecent(startedAt, WAIT_TIMEOUT_MS, now);
}
