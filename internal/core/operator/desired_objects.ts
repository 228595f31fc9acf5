import type { Surroundings } from "./decision.ts";
import { counterDeployment } from "./desired/counter_deployment.ts";
import { counterPodTemplate } from "./desired/counter_pods.ts";
import { disruptionBudgets } from "./desired/disruption_budgets.ts";
import { etcdPodTemplate } from "./desired/etcd_pods.ts";
import { etcdService, etcdStatefulSet } from "./desired/etcd_store.ts";
import { ledgerNote } from "./desired/ledger_note.ts";
import { monitoring } from "./desired/monitoring.ts";
import { networkPolicies } from "./desired/network_policies.ts";
import type { DesiredObject } from "./desired/object.ts";
import { pageAccess } from "./desired/page_access.ts";
import { podAccess } from "./desired/pod_access.ts";
import { counterInputs, etcdInputs } from "./desired/pod_inputs.ts";
import type { Hold } from "./hold.ts";
import type { Observation } from "./observation.ts";
import { type CounterRollout, counterRollout, type RenderedPods, storeRollout } from "./rollout.ts";
import { memberWaitedFor } from "./store_rollout.ts";
import { foreignVolumes } from "./volumes.ts";

/** Every object that a resource is turned into, in the order in which they are to be applied. */
export function desiredObjects(
  observation: Observation,
  rollout: CounterRollout,
  surroundings: Surroundings,
): DesiredObject[] {
  const { cluster } = observation;
  return [
    ...networkPolicies(cluster),
    ...podAccess(cluster),
    // Before the pods: a pod that starts without it may found a second ledger.
    ...ledgerNote(cluster),
    ...store(observation, surroundings),
    ...pageAccess(cluster),
    counterDeployment(cluster, rollout),
    ...disruptionBudgets(cluster),
    ...monitoring(cluster),
  ];
}

export function desiredRollout(observation: Observation, hold: Hold | null, { image }: Surroundings): CounterRollout {
  const { cluster, deployment } = observation;
  const template = counterPodTemplate(cluster, cluster.spec.image ?? image);
  return counterRollout(cluster, { inputs: counterInputs(cluster), template }, deployment, hold);
}

function store(observation: Observation, { image }: Surroundings): DesiredObject[] {
  const { cluster, statefulSet } = observation;
  const { managed } = cluster.spec.store.etcd;
  if (!managed) return [];
  const service = etcdService(cluster);
  if (foreignVolumes(observation)) return [service];
  const template = etcdPodTemplate(cluster, managed, cluster.spec.image ?? image);
  const fresh: RenderedPods = { inputs: etcdInputs(cluster, managed), template };
  return [
    service,
    etcdStatefulSet(cluster, managed, storeRollout(fresh, statefulSet, memberWaitedFor(observation) !== null)),
  ];
}
