import type { CounterCluster } from "../counter_cluster.ts";
import { childMeta, counterName } from "./names.ts";
import type { DesiredObject } from "./object.ts";

/** Lets the counters list the pods of their namespace, so that the leader finds the others. They may do nothing else. */
export function podAccess(cluster: CounterCluster): DesiredObject[] {
  const name = counterName(cluster);
  const metadata = childMeta(cluster, "counter", name);
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: cluster.metadata.namespace }],
    },
  ];
}
