import { spawn } from "node:child_process";
import { once } from "node:events";
import type { KubernetesObject } from "../../internal/ports/kubernetes.ts";
import { run } from "./programs.ts";

/** Runs kubectl on the cluster of KUBECONFIG. */
export function kubectl(...args: readonly string[]): Promise<string> {
  return run("kubectl", args);
}

/** Applies objects as a person would. */
export async function applyObjects(...objects: readonly object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  await run("kubectl", ["apply", "-f", "-"], JSON.stringify(list));
}

/** Creates objects. To apply them, kubectl would write them into an annotation, which takes 256 KiB. */
export async function createObjects(...objects: readonly object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  await run("kubectl", ["create", "-f", "-"], JSON.stringify(list));
}

/** Null if there is none. */
export async function readObject<T = KubernetesObject>(
  namespace: string,
  kind: string,
  name: string,
): Promise<T | null> {
  const text = await kubectl("-n", namespace, "get", kind, name, "--ignore-not-found", "-o", "json");
  return text === "" ? null : (JSON.parse(text) as T);
}

export async function listObjects<T = KubernetesObject>(namespace: string, kinds: string, labels = ""): Promise<T[]> {
  const text = await kubectl("-n", namespace, "get", kinds, "-l", labels, "-o", "json");
  return (JSON.parse(text) as { items: T[] }).items;
}

/** The answer of a pod or a service, through the API server: this works wherever kubectl does. `of`: `pods/NAME:PORT` or `services/NAME:PORT`. */
export async function proxied<T>(namespace: string, of: string, path: string): Promise<T> {
  return JSON.parse(await kubectl("get", "--raw", `/api/v1/namespaces/${namespace}/${of}/proxy${path}`)) as T;
}

export async function deleteNamespace(name: string): Promise<void> {
  await kubectl("delete", "namespace", name, "--ignore-not-found", "--timeout=300s");
}

/** `act` gets the address of a `kubectl proxy`: for many requests, and where the addresses of pods cannot be reached. */
export async function withApiProxy<T>(act: (address: string) => Promise<T>): Promise<T> {
  const proxy = spawn("kubectl", ["proxy", "--port=0"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(proxy.stdout, "data")) as [Buffer];
    const address = /127\.0\.0\.1:\d+/.exec(line.toString())?.[0];
    if (!address) throw new Error(`kubectl proxy said ${line}`);
    return await act(address);
  } finally {
    proxy.kill();
    await once(proxy, "close");
  }
}
