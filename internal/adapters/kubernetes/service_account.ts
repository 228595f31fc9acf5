import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { KubernetesError } from "../../ports/kubernetes.ts";
import type { Access, Credentials } from "./access.ts";

/** Where Kubernetes mounts a pod's token and the cluster's certificate authority. */
export const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * How a counter pod authenticates. `host` and `port` are those in a pod's environment. The client library can do this too, but counters
 * do not load it (see connect.ts).
 */
export function serviceAccountAccess(host: string, port: string, folder = SERVICE_ACCOUNT_FOLDER): Access {
  const server = new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
  return { server, credentials: () => readCredentials(folder) };
}

/** Reads both files for each request: the kubelet renews the token in place, and two small files in memory are cheap to read. */
async function readCredentials(folder: string): Promise<Credentials> {
  try {
    const [token, ca] = await Promise.all([
      readFile(join(folder, "token"), "utf8"),
      readFile(join(folder, "ca.crt"), "utf8"),
    ]);
    return { headers: { authorization: `Bearer ${token.trim()}` }, ca };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new KubernetesError(`Cannot read the pod's service account: ${reason}`, null, "", { cause: error });
  }
}
