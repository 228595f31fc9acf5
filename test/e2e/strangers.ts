import { readFile } from "node:fs/promises";
import { applyObjects, kubectl, proxied } from "./kubectl.ts";
import { SECURITY } from "./load.ts";
import { IMAGE } from "./surroundings.ts";

/** Starts a pod that has nothing to do with the release. It tries to connect wherever it is told to. */
export async function startStranger(namespace: string): Promise<void> {
  const script = await readFile(new URL("strangers_script.mjs", import.meta.url), "utf8");
  const metadata = { name: "stranger", namespace, labels: { app: "stranger" } };
  const container = {
    ...{ name: "stranger", image: IMAGE, imagePullPolicy: "IfNotPresent", args: ["/script/strangers_script.mjs"] },
    securityContext: SECURITY,
    volumeMounts: [{ name: "script", mountPath: "/script" }],
  };
  await applyObjects(
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "strangers_script.mjs": script } },
    {
      ...{ apiVersion: "v1", kind: "Pod", metadata },
      spec: { containers: [container], volumes: [{ name: "script", configMap: { name: "stranger" } }] },
    },
  );
  await kubectl("-n", namespace, "wait", "--for=condition=Ready", "pod/stranger", "--timeout=150s");
}

/** Those of the addresses (`host:port`) that let the namespace's stranger in. */
export function accepting(namespace: string, addresses: readonly string[]): Promise<string[]> {
  const query = addresses.map((address) => `to=${encodeURIComponent(address)}`).join("&");
  return proxied<string[]>(namespace, "pods/stranger:8080", `/?${query}`);
}
