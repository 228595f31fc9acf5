import type { StoreState } from "../cluster/cluster_view.ts";
import { type ConditionState, conditionFalse, conditionTrue, conditionUnknown } from "./condition_state.ts";
import type { CounterCluster } from "./counter_cluster.ts";
import type { ClusterReport } from "./observation.ts";

/** Whether the store takes commits, as the counter pods report it: they are the ones who commit. `report`: a current one, or null. */
export function storeHealth({ metadata, spec }: CounterCluster, report: ClusterReport | null): ConditionState {
  if (report) return BY_STATE[report.store](inBrackets(report.storeDetail), metadata);
  if (spec.replicas === 0) return conditionUnknown("NobodyCounts", "There are no counter pods to report on the store.");
  return conditionUnknown("NobodyAnswers", "No counter pod has reported on the store in the last 15 seconds.");
}

type Describe = (detail: string, cluster: CounterCluster["metadata"]) => ConditionState;

const CONTINUES = "Counting continues, and hits are kept until they can be committed.";

const BY_STATE: Readonly<Record<StoreState | "unknown", Describe>> = {
  // The detail says that it is nearly full.
  ok: (detail) => conditionTrue("Commits", `The store takes commits${detail}.`),
  unknown: () => conditionUnknown("NotHeardYet", "The counter pods have not heard from a leader yet."),
  founding: (detail) =>
    conditionUnknown(
      "Founding",
      `There is no ledger yet. The leader first makes sure that no node knows one${detail}.`,
    ),
  away: (detail) => conditionFalse("StoreAway", `The store does not answer${detail}. ${CONTINUES}`),
  locked: (detail) => conditionFalse("StoreLocked", `Another process has locked the store${detail}. ${CONTINUES}`),
  full: (detail) => conditionFalse("StoreFull", `The store is full${detail}. ${CONTINUES}`),
  // The detail, from the leader, says what is missing and that a person must adopt. Here is how.
  lost: (detail, { namespace, name }) =>
    conditionFalse(
      "StoreLost",
      `The store has lost its ledger${detail}. To adopt what it has: ${adoptCommand(namespace, name)}`,
    ),
  corrupt: (detail) =>
    conditionFalse("StoreCorrupt", `The ledger cannot be read or does not add up${detail}. ${CONTINUES}`),
};

function adoptCommand(namespace: string, name: string): string {
  return `kubectl exec -it -n ${namespace} deploy/${name} -- node cmd/adopt.ts`;
}

function inBrackets(detail: string): string {
  return detail === "" ? "" : ` (${detail.replace(/\.$/, "")})`;
}
