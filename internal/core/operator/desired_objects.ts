import { isDetached } from "./crashed_pods.ts";
import type { OperatorDefaults } from "./decision.ts";
import { counterDeployment } from "./desired/counter_deployment.ts";
import { counterPodTemplate } from "./desired/counter_pods.ts";
import { disruptionBudgets } from "./desired/disruption_budgets.ts";
import { etcdPodTemplate } from "./desired/etcd_pods.ts";
import { etcdService, etcdStatefulSet } from "./desired/etcd_store.ts";
import { issuedCertificates } from "./desired/issued_certificates.ts";
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
    ...issuedCertificates(cluster, defaults.lives),
    // Before the pods: a pod that starts without it may bootstrap a second ledger.
    ...ledgerNote(cluster),
    ...store(findings, defaults),
    ...pageAccess(cluster),
    ...(awaitsCertificates(findings) ? [] : [counterDeployment(cluster, rollout)]),
    ...disruptionBudgets(cluster, { held, detached: held || counterPods.some(isDetached) }),
    ...monitoring(cluster, olderPods),
  ];
}

export function desiredRollout(findings: Findings, { image }: OperatorDefaults): CounterRollout {
  const { cluster, deployment, hold, transport } = findings;
  const template = counterPodTemplate(cluster, cluster.spec.image ?? image, transport);
  return counterRollout(cluster, { inputs: counterInputs(cluster, transport), template }, deployment, hold);
}

/** Pods that are created before their certificates would wait for minutes: the kubelet looks for a missing Secret less and less often. */
function awaitsCertificates({ transport, certificates, deployment }: Findings): boolean {
  return transport.peers === "tls" && certificates.trust === null && deployment === null;
}

function store(findings: Findings, { image }: OperatorDefaults): DesiredObject[] {
  const { cluster, statefulSet, foreignVolumes, awaitedMember, transport, storeTrust } = findings;
  const { managed } = cluster.spec.store.etcd;
  if (!managed) return [];
  const service = etcdService(cluster);
  const tls = transport.store === "tls";
  const unready = tls && storeTrust === null;
  if (foreignVolumes || (unready && statefulSet === null)) return [service];
  const trust = unready ? "" : storeTrust;
  const fresh = {
    inputs: etcdInputs(cluster, managed, trust),
    template: etcdPodTemplate(cluster, managed, image, trust),
  };
  const waits = unready || awaitedMember !== null;
  return [service, etcdStatefulSet(cluster, managed, storeRollout(fresh, statefulSet, waits))];
}
