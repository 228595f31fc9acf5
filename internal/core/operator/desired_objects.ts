import { isDetached } from "./crashed_pods.ts";
import type { OperatorDefaults } from "./decision.ts";
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
import { peerDiscovery } from "./desired/peer_discovery.ts";
import { counterInputs, etcdInputs } from "./desired/pod_inputs.ts";
import type { Findings } from "./findings.ts";
import { hasOlderPods } from "./pod_interface.ts";
import { type CounterRollout, counterRollout, storeRollout } from "./rollout.ts";

/** Every object that a resource is turned into, in the order in which the operator applies them. */
export function desiredObjects(
  findings: Findings,
  rollout: CounterRollout,
  defaults: OperatorDefaults,
): DesiredObject[] {
  const { cluster, hold, pods, counterPods } = findings;
  const olderPods = hasOlderPods(pods, rollout.pods);
  const held = hold?.reason === "PodCrashed";
  return [
    ...networkPolicies(cluster, { pods, operatorNamespace: defaults.namespace }),
    ...peerDiscovery(cluster, olderPods),
    // Before the pods: a pod that starts without it may bootstrap a second ledger.
    ...ledgerNote(cluster),
    ...store(findings, defaults),
    ...pageAccess(cluster),
    counterDeployment(cluster, rollout),
    ...disruptionBudgets(cluster, { held, detached: held || counterPods.some(isDetached) }),
    ...monitoring(cluster, olderPods),
  ];
}

export function desiredRollout({ cluster, deployment, hold }: Findings, { image }: OperatorDefaults): CounterRollout {
  const template = counterPodTemplate(cluster, cluster.spec.image ?? image);
  return counterRollout(cluster, { inputs: counterInputs(cluster), template }, deployment, hold);
}

function store(findings: Findings, { image }: OperatorDefaults): DesiredObject[] {
  const { cluster, statefulSet, foreignVolumes, awaitedMember } = findings;
  const { managed } = cluster.spec.store.etcd;
  if (!managed) return [];
  const service = etcdService(cluster);
  if (foreignVolumes) return [service];
  const template = etcdPodTemplate(cluster, managed, image);
  const fresh = { inputs: etcdInputs(cluster, managed), template };
  return [service, etcdStatefulSet(cluster, managed, storeRollout(fresh, statefulSet, awaitedMember !== null))];
}
