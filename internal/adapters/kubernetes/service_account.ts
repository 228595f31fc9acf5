import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { KubernetesError } from "../../ports/kubernetes.ts";
import type { Access, Credentials } from "./access.ts";

/** Where Kubernetes puts a pod's token and the cluster's authorities. */
export const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** How a pod is let in. `host` and `port` are as Kubernetes names them in a pod's environment. */
export function serviceAccountAccess(host: string, port: string, folder = SERVICE_ACCOUNT_FOLDER): Access {
  const server = new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
  return { server, credentials: () => readCredentials(folder) };
}

/** The kubelet renews a token at four fifths of its life, and two small files in memory are cheap to read. */
async function readCredentials(folder: string): Promise<Credentials> {
  try {
    const [token, ca] = await Promise.all([
      readFile(join(folder, "token"), "utf8"),
      readFile(join(folder, "ca.crt"), "utf8"),
    ]);
    return { headers: { authorization: `Bearer ${token.trim()}` }, ca };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new KubernetesError(`The pod's service account cannot be read: ${reason}`, null, "", { cause: error });
  }
}
