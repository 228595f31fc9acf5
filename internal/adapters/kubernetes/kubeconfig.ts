import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { KubernetesError } from "../../ports/kubernetes.ts";
import type { Access, Credentials } from "./access.ts";

/**
 * The current context of a kubeconfig. `file`: its path; null: that of KUBECONFIG, or ~/.kube/config. The client library reads the file
 * and runs the plugins that make tokens. Throws KubernetesError.
 */
export function kubeconfigAccess(file: string | null): Promise<Access> {
  const name = file ?? "the default kubeconfig (KUBECONFIG, or ~/.kube/config)";
  return accessOf(name, (config) => (file === null ? config.loadFromDefault() : config.loadFromFile(file)));
}

/** The service account of the pod that this runs in, as the client library reads it. `root`: a folder to look for its files in. */
export function inClusterAccess(root = ""): Promise<Access> {
  return accessOf("the pod's service account", (config) => config.loadFromCluster(root));
}

async function accessOf(name: string, load: (config: KubeConfig) => void): Promise<Access> {
  const unusable = (why: string, cause?: unknown) =>
    new KubernetesError(`Cannot connect to the Kubernetes API with ${name}: ${why}`, null, "", { cause });
  // Imported only here, and only now: it takes 85 MB.
  const library = await import("@kubernetes/client-node");
  const config = new library.KubeConfig();
  try {
    load(config);
  } catch (error) {
    throw unusable(messageOf(error), error);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster || !URL.canParse(cluster.server)) throw unusable("its current context names no cluster");
  const server = new URL(cluster.server);
  if (server.protocol !== "https:") throw unusable(`${cluster.server} is not an https:// address`);
  if (cluster.proxyUrl) throw unusable("a proxy-url is not supported");
  const credentials = () =>
    credentialsIn(config).catch((error) => {
      throw unusable(messageOf(error), error);
    });
  return { server, credentials };
}

async function credentialsIn(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  // Its agent is left out: both clients here keep connections of their own.
  const { agent: _, auth, headers, ...tls } = options;
  const basic = auth ? { authorization: `Basic ${btoa(auth)}` } : {};
  return { ...(tls as Credentials), headers: { ...(headers as Credentials["headers"]), ...basic } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
