import type { RequestOptions } from "node:https";
import { KubernetesError } from "../../ports/kubernetes.ts";
import type { Access, Credentials } from "./access.ts";

/**
 * How the current context of a kubeconfig is let in: the file named, or else KUBECONFIG's or ~/.kube/config. The client library
 * understands such files, with their plugins that make tokens; it is imported here and only now because it takes 90 MB.
 */
export async function kubeconfigAccess(file: string | null): Promise<Access> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    if (file === null) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error), error);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster || !URL.canParse(cluster.server)) throw unusable(file, "its current context names no cluster");
  const server = new URL(cluster.server);
  if (server.protocol !== "https:") throw unusable(file, `${cluster.server} is not an https:// address`);
  if (cluster.proxyUrl) throw unusable(file, "a proxy-url is not supported");
  return { server, credentials: () => credentialsIn(config, file) };
}

interface Applies {
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

async function credentialsIn(config: Applies, file: string | null): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error), error);
  }
  // Its agent is left out: it opens a connection for each request.
  const { agent: _, ...credentials } = options;
  return credentials as Credentials;
}

function unusable(file: string | null, why: string, cause?: unknown): KubernetesError {
  const which = file ?? "the default kubeconfig (KUBECONFIG, or ~/.kube/config)";
  return new KubernetesError(`The Kubernetes API cannot be reached by ${which}: ${why}`, null, "", { cause });
}
