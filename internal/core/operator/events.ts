import { conditionOf } from "./conditions.ts";
import type { Condition, ConditionType, CounterClusterStatus } from "./counter_cluster.ts";
import type { PreviousState, ResourceEvent } from "./decision.ts";
import { drainEvents } from "./drained_pods.ts";
import { type LostPod, lossMessage } from "./lost_pods.ts";
import type { Observation } from "./observation.ts";

/** What happened since the previous decision. After a start of the operator: what the resource's last status shows of it. */
export function eventsOf(
  previous: PreviousState | null,
  observation: Observation,
  status: CounterClusterStatus,
): ResourceEvent[] {
  const { cluster } = observation;
  const before = previous?.status ?? cluster.status;
  return [
    ...(previous ? scaled(previous.observation, observation) : []),
    ...(previous ? drainEvents(previous.observation, observation) : []),
    ...newLeader(previous?.leader ?? cluster.status?.leader, status.leader),
    ...newLedger(before?.ledgerID, status.ledgerID),
    ...changedConditions(before?.conditions, status.conditions),
  ];
}

/** A pod that reported what it had left has its event already. */
export function lossEvents(lost: readonly LostPod[], { now }: Observation): ResourceEvent[] {
  return lost.filter(({ left }) => left === null).map((pod) => warning("PodLost", lossMessage(pod, now)));
}

function scaled({ cluster: { spec: before } }: Observation, { cluster: { spec } }: Observation): ResourceEvent[] {
  if (before.replicas === spec.replicas) return [];
  return [normal("Scaled", `Scaled from ${before.replicas} to ${spec.replicas} pods`)];
}

function newLeader(before: string | undefined, leader: string | undefined): ResourceEvent[] {
  if (leader === undefined || leader === before) return [];
  return [normal("LeaderChanged", `${leader} became the leader${before === undefined ? "" : ` after ${before}`}`)];
}

function newLedger(before: string | undefined, ledger: string | undefined): ResourceEvent[] {
  if (before === undefined || ledger === undefined || ledger === before) return [];
  return [normal("LedgerAdopted", `The cluster continues in the ledger ${ledger}. Before, it was ${before}.`)];
}

function changedConditions(
  before: readonly Condition[] | undefined,
  after: readonly Condition[] | undefined,
): ResourceEvent[] {
  return (["Progressing", "Degraded", "StoreHealthy", "Secure", "Isolated", "Ready"] as const).flatMap((type) => {
    const [was, now] = [conditionOf(before, type), conditionOf(after, type)];
    const same = was?.status === now?.status && was?.reason === now?.reason;
    return now === undefined || same ? [] : CHANGES[type](now, was);
  });
}

/** Reasons for which pods are not secure yet, and will be. */
const PASSING: ReadonlySet<string> = new Set(["RollingOut", "TurningOn"]);

/** Which changes of a condition become events. */
const CHANGES: Readonly<Record<ConditionType, (now: Condition, was: Condition | undefined) => ResourceEvent[]>> = {
  Progressing: ({ reason, message }) => (/Postponed$|^RollingOut$/.test(reason) ? [normal(reason, message)] : []),
  Degraded: ({ status, reason, message }, was) => {
    if (status === "True") return [warning(reason, message)];
    return was?.status === "True" ? [normal("Recovered", `Recovered from ${was.reason}`)] : [];
  },
  // A store that needs a person is reported as degraded already.
  StoreHealthy: ({ status, reason, message }, was) => {
    if (status === "False") return reason === "StoreAway" || reason === "StoreLocked" ? [warning(reason, message)] : [];
    return status === "True" && was?.status === "False"
      ? [normal("StoreBack", `${message} Before: ${was.reason}.`)]
      : [];
  },
  Secure: ({ status, reason, message }) =>
    status === "False" && !PASSING.has(reason) ? [warning("NotSecure", message)] : [],
  Isolated: ({ status, message }) => (status === "False" ? [warning("NotIsolated", message)] : []),
  Ready: ({ status, reason, message }, was) =>
    status === "True" && was?.status !== "True" ? [normal("Ready", `${reason}: ${message}`)] : [],
};

function normal(reason: string, message: string): ResourceEvent {
  return { type: "Normal", reason, message };
}

function warning(reason: string, message: string): ResourceEvent {
  return { type: "Warning", reason, message };
}
