import { KubernetesError } from "../../internal/ports/kubernetes.ts";
import type { Attack, AttackOutcome, Target } from "./attack.ts";
import { kubernetesAttacker } from "./kubernetes_attacker.ts";

/** Each runs code in the counter, sends its requests elsewhere, or shows a Secret in its log. */
const VARIABLES: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[] = [
  { name: "NODE_OPTIONS", value: "--import=data:text/javascript,console.log(process.env)" },
  { name: "NODE_EXTRA_CA_CERTS", value: "/data/ca.pem" },
  { name: "LD_PRELOAD", value: "/data/library.so" },
  { name: "LD_LIBRARY_PATH", value: "/data" },
  { name: "OPENSSL_CONF", value: "/data/openssl.cnf" },
  { name: "https_proxy", value: "http://attacker.example:8080" },
  { name: "grpc_proxy", value: "http://attacker.example:8080" },
  { name: "KUBERNETES_SERVICE_HOST", value: "attacker.example" },
  { name: "KUBECONFIG", value: "/data/kubeconfig" },
  { name: "GLOBAL_CLUSTER_STORE", value: "etcd://attacker.example:2379" },
  { name: "GLOBAL_CLUSTER_ADMIN_PORT", value: "4000" },
  { name: "GLOBAL_CLUSTER_PEER_INSECURE", value: "yes" },
  { name: "GLOBAL_CLUSTER_COUNTERS", valueFrom: { secretKeyRef: { name: "others", key: "password" } } },
];

export const attack: Attack = {
  number: 12,
  attack: "gives the counters variables that run code in them, or lead them elsewhere",
  bound: `the definition refuses all ${VARIABLES.length}`,
  needs: ["kubeconfig", "namespace"],
  async run(target: Target): Promise<AttackOutcome> {
    const { make } = await kubernetesAttacker(target);
    const taken: string[] = [];
    for (const variable of VARIABLES) {
      const accepted = await make("attacked-variables", { podTemplate: { env: [variable] } }, true).then(
        () => true,
        (error: unknown) => !(error instanceof KubernetesError && error.status === 422),
      );
      if (accepted) taken.push(variable.name);
    }
    const seen = taken.length > 0 ? `accepted: ${taken.join(", ")}` : `${VARIABLES.length} refused`;
    return { seen, held: taken.length === 0 };
  },
};
