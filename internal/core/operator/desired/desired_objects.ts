import type { CounterCluster, ManagedEtcd } from "../counter_cluster.ts";
import type { Surroundings } from "../decision.ts";
import type { Hold } from "../hold.ts";
import type { Observation } from "../observation.ts";
import { type CounterRollout, counterRollout, type RenderedPods, storeRollout } from "../rollout.ts";
import { foreignVolumes } from "../volumes.ts";
import { counterDeployment } from "./counter_deployment.ts";
import { counterPodTemplate } from "./counter_pods.ts";
import { disruptionBudgets } from "./disruption_budgets.ts";
import { etcdPodTemplate } from "./etcd_pods.ts";
import { etcdService, etcdStatefulSet } from "./etcd_store.ts";
import { ledgerNote } from "./ledger_note.ts";
import { monitoring } from "./monitoring.ts";
import { networkPolicies } from "./network_policies.ts";
import type { DesiredObject } from "./object.ts";
import { pageAccess } from "./page_access.ts";
import { podAccess } from "./pod_access.ts";

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
  return [service, etcdStatefulSet(cluster, managed, storeRollout(fresh, statefulSet))];
}

/**
 * What of the spec the counters' pods depend on. A field that is added to the definition with a default belongs in here only when it
 * differs from that: else the resources that were there before would change by it, and their pods restart.
 */
function counterInputs({ spec }: CounterCluster): RenderedPods["inputs"] {
  const { image, imagePullPolicy, imagePullSecrets, resources, region, journal, limits, scheduling } = spec;
  const { drainSeconds, podTemplate } = spec;
  const { managed, external } = spec.store.etcd;
  return plain({
    ...{ image, imagePullPolicy, imagePullSecrets, resources, region, journal, limits, scheduling },
    ...{ drainSeconds, podTemplate },
    store: external ?? { members: managed?.members },
  });
}

/** The counters' image is not among them: a new one of theirs must not restart the store. */
function etcdInputs({ spec }: CounterCluster, { image, resources, storage }: ManagedEtcd): RenderedPods["inputs"] {
  const { imagePullPolicy, imagePullSecrets, drainSeconds } = spec;
  const { affinity: _, ...scheduling } = spec.scheduling;
  return plain({ image, resources, storage, imagePullPolicy, imagePullSecrets, drainSeconds, scheduling });
}

/** As it is when it was written to an annotation and read again: without what is undefined. */
function plain(inputs: object): RenderedPods["inputs"] {
  return JSON.parse(JSON.stringify(inputs));
}
