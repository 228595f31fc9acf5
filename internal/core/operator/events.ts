import { conditionOf } from "./conditions.ts";
import type { Condition, ConditionType, CounterClusterStatus } from "./counter_cluster.ts";
import type { ClusterEvent, Recollection } from "./decision.ts";
import { drainEvents } from "./drained_pods.ts";
import type { Observation } from "./observation.ts";

/** What happened since `before`; of what came before the operator's start, what the resource's status shows. */
export function eventsOf(
  before: Recollection | null,
  observation: Observation,
  status: CounterClusterStatus,
): ClusterEvent[] {
  const { cluster } = observation;
  const was = before?.status ?? cluster.status;
  return [
    ...(before ? scaled(before.observation, observation) : []),
    ...(before ? drainEvents(before.observation, observation) : []),
    ...newLeader(before?.leader ?? cluster.status?.leader, status.leader),
    ...newLedger(was?.ledgerID, status.ledgerID),
    ...turns(was?.conditions, status.conditions),
  ];
}

function scaled({ cluster: { spec: was } }: Observation, { cluster: { spec } }: Observation): ClusterEvent[] {
  if (was.replicas === spec.replicas) return [];
  return [normal("Scaled", `From ${was.replicas} to ${spec.replicas} pods`)];
}

function newLeader(was: string | undefined, leader: string | undefined): ClusterEvent[] {
  if (leader === undefined || leader === was) return [];
  return [normal("LeaderChanged", was === undefined ? `${leader} leads` : `${leader} leads now; before, ${was} did`)];
}

function newLedger(was: string | undefined, ledger: string | undefined): ClusterEvent[] {
  if (was === undefined || ledger === undefined || ledger === was) return [];
  return [normal("LedgerAdopted", `The cluster goes on in the ledger ${ledger}; before, it was ${was}`)];
}

function turns(was: readonly Condition[] | undefined, now: readonly Condition[] | undefined): ClusterEvent[] {
  const turned = (type: ConditionType) => {
    const [before, after] = [conditionOf(was, type), conditionOf(now, type)];
    const same = before?.status === after?.status && before?.reason === after?.reason;
    return after === undefined || same ? [] : TOLD[type](after, before);
  };
  return (["Progressing", "Degraded", "StoreHealthy", "Ready"] as const).flatMap(turned);
}

/** Which turns of a condition a person would want to know of. */
const TOLD: Readonly<Record<ConditionType, (now: Condition, was: Condition | undefined) => ClusterEvent[]>> = {
  Progressing: ({ reason, message }) => (/Postponed$|^RollingOut$/.test(reason) ? [normal(reason, message)] : []),
  Degraded: ({ status, reason, message }, was) => {
    if (status === "True") return [warning(reason, message)];
    return was?.status === "True" ? [normal("Recovered", `Settled: ${was.reason}`)] : [];
  },
  // What needs a person is told as degraded already.
  StoreHealthy: ({ status, reason, message }, was) => {
    if (status === "False") return reason === "StoreAway" || reason === "StoreLocked" ? [warning(reason, message)] : [];
    return status === "True" && was?.status === "False"
      ? [normal("StoreBack", `${message} Before: ${was.reason}.`)]
      : [];
  },
  Ready: ({ status, reason, message }, was) =>
    status === "True" && was?.status !== "True" ? [normal("Ready", `${reason}: ${message}`)] : [],
};

function normal(reason: string, message: string): ClusterEvent {
  return { type: "Normal", reason, message };
}

function warning(reason: string, message: string): ClusterEvent {
  return { type: "Warning", reason, message };
}
