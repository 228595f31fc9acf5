import type { Clock } from "../../ports/clock.ts";
import type { KubernetesApi } from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import type { Access } from "./access.ts";
import { HttpKubernetesApi } from "./api.ts";
import { kubeconfigAccess } from "./kubeconfig.ts";
import { Requests } from "./requests.ts";
import { serviceAccountAccess } from "./service_account.ts";

export interface ConnectOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Of this program; the API server is told. */
  readonly version: string;
  /** Path of a kubeconfig. Without it: KUBECONFIG's, else in a pod its service account, else ~/.kube/config. */
  readonly kubeconfig?: string | null;
}

/** A client of the Kubernetes API. Nothing is asked of it yet. Throws KubernetesError when there is no way to it. */
export async function connectKubernetes(options: ConnectOptions): Promise<KubernetesApi> {
  return connectWith(await accessFor(options.kubeconfig ?? null, process.env), options);
}

export function connectWith(access: Access, { clock, random, logger, version }: ConnectOptions): KubernetesApi {
  return new HttpKubernetesApi(new Requests(access, clock, version), { clock, random, logger });
}

async function accessFor(kubeconfig: string | null, env: NodeJS.ProcessEnv): Promise<Access> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (kubeconfig === null && !env.KUBECONFIG && host) return serviceAccountAccess(host, port);
  return kubeconfigAccess(kubeconfig);
}
