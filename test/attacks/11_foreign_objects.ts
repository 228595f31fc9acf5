import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesApi, KubernetesObject, Resource } from "../../internal/ports/kubernetes.ts";
import type { Attack, AttackOutcome, Target } from "./attack.ts";
import { COUNTER_CLUSTERS, kubernetesAttacker } from "./kubernetes_attacker.ts";

const ACCOUNTS: Resource = { apiVersion: "v1", plural: "serviceaccounts", namespaced: true };
const DEPLOYMENTS: Resource = { apiVersion: "apps/v1", plural: "deployments", namespaced: true };
const BINDINGS: Resource = { apiVersion: "rbac.authorization.k8s.io/v1", plural: "rolebindings", namespaced: true };
/** Name of an account that has rights of its own. */
const NAME = "attacked-account";
const LOOK_MS = 500;

/** The resource has the account's name, and so have the objects that its operator makes. */
export const attack: Attack = {
  number: 11,
  attack: "names a CounterCluster after somebody else's ServiceAccount",
  bound: "no pod runs with that account, and it is bound to no role",
  needs: ["kubeconfig", "namespace"],
  async run(target: Target): Promise<AttackOutcome> {
    const { api, namespace, make } = await kubernetesAttacker(target);
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: NAME, namespace } };
    await api.create<KubernetesObject>(ACCOUNTS, account);
    try {
      await make(NAME, {});
      const users = await usersOf(api, namespace, target.seconds * 1_000);
      const seen = users.length > 0 ? `applied: ${users.join(", ")}` : "nothing that uses the account was applied";
      return { seen, held: users.length === 0 };
    } finally {
      await api.remove(COUNTER_CLUSTERS, { name: NAME, namespace });
      await api.remove(ACCOUNTS, account.metadata);
    }
  },
};

/** What uses the account, as soon as there is anything, or nothing by the end. */
async function usersOf(api: KubernetesApi, namespace: string, ms: number): Promise<string[]> {
  for (const end = performance.now() + ms; ; await sleep(LOOK_MS)) {
    const found = await Promise.all([DEPLOYMENTS, BINDINGS].map((kind) => api.read(kind, namespace, NAME)));
    const users = found.flatMap((object) => (object ? [`${object.kind} ${object.metadata.name}`] : []));
    if (users.length > 0 || performance.now() > end) return users;
  }
}
