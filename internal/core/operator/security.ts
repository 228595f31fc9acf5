import { isoTime } from "../iso_time.ts";
import { type ConditionState, conditionFalse, conditionTrue, conditionUnknown } from "./condition_state.ts";
import type { Condition } from "./counter_cluster.ts";
import type { Findings } from "./findings.ts";
import { isRolledOut, wantedTransport } from "./transport_change.ts";

const EXPOSED = "Every program that reaches a peer port or the store can change totals";

/** Whether pods and store talk only to holders of a certificate of this cluster. `before`: the condition of the previous decision. */
export function secure(findings: Findings, before: Condition | undefined): ConditionState {
  const { cluster, transport, deployment, certificates } = findings;
  const wanted = wantedTransport(cluster);
  if (wanted === "plain" && transport.peers === "plain")
    return conditionFalse("Disabled", `TLS is turned off. ${EXPOSED}. To turn it on, set tls.enabled to true.`);
  if (certificates.awaited.length > 0 && certificates.trust === null) return awaited(findings);
  if (transport.peers === "plain") return conditionFalse("EarlierPods", earlierPods(findings));
  if (transport.peers === "both")
    return conditionFalse("TurningOn", `${EXPOSED} until the counters have been replaced twice and the store once.`);
  const { validUntil } = certificates;
  if (validUntil === null)
    return conditionFalse("NoCertificates", "The pods have no certificates, because their Secrets cannot be written.");
  if (validUntil <= findings.now)
    return conditionFalse("Expired", "Certificates have expired. Pods refuse each other, and hits are not committed.");
  // While some pods are replaced by others of the same kind, it stays true.
  if (before?.status !== "True" && !isRolledOut(deployment))
    return conditionFalse("RollingOut", "Not all pods run with certificates yet.");
  if (wanted === "plain")
    return conditionTrue(
      "KeepsTLS",
      "tls.enabled is false, but the pods run with TLS and keep it. Only a new resource begins without.",
    );
  const until = isoTime(validUntil);
  return conditionTrue(
    "TLS",
    `Both ends of each connection have a certificate of this cluster, the first until ${until}.`,
  );
}

function awaited({ cluster, certificates }: Findings): ConditionState {
  const { kind, name } = cluster.spec.tls.issuerRef ?? { kind: "issuer", name: "" };
  const secrets = certificates.awaited.join(", ");
  return conditionFalse(
    "AwaitsIssuer",
    `${kind} ${name} has not written valid certificates into these Secrets: ${secrets}.`,
  );
}

function earlierPods({ cluster }: Findings): string {
  const { namespace, name } = cluster.metadata;
  const patch = `kubectl patch gcc/${name} -n ${namespace} --type merge -p '{"spec":{"tls":{"enabled":true}}}'`;
  return `The pods were started without TLS. ${EXPOSED}. To turn it on: ${patch}`;
}

/** Whether network policies keep other pods away. No promise depends on it while the cluster is secure. */
export function isolated({ cluster, refusedObjects, reachedByStranger }: Findings): ConditionState {
  if (!cluster.spec.networkPolicy)
    return conditionFalse("Disabled", "networkPolicy is false, so there are no policies.");
  const refused = refusedObjects.find(({ object }) => object.startsWith("NetworkPolicy "));
  if (refused) return conditionFalse("PolicyRefused", `${refused.object}: ${refused.message}`);
  if (reachedByStranger === null)
    return conditionUnknown("NotChecked", "The operator has not tried yet whether the policies are enforced.");
  if (!reachedByStranger)
    return conditionTrue("Enforced", "The operator could not reach a peer port, as the policies demand.");
  return conditionFalse(
    "NotEnforced",
    "The operator reached a peer port, which the policies forbid: the network of this Kubernetes cluster does not enforce them.",
  );
}
