import { readFile } from "node:fs/promises";
import { applyObjects, deleteNamespace, kubectl, proxied } from "./kubectl.ts";
import { IMAGE } from "./surroundings.ts";

/** What became of the hits that were sent. */
export interface Sent {
  readonly acknowledged: number;
  /** Answered with another status than 200, or never sent because there was no connection. */
  readonly refused: number;
  /** The connection broke or no answer came, so nobody knows whether they were counted. */
  readonly unanswered: number;
  /** Hits with a key of which the response said that an earlier request with the key had been counted. */
  readonly duplicates?: number;
  /** How often a hit was refused, unanswered or sent again, by what came instead of a 200. */
  readonly why: Readonly<Record<string, number>>;
}

const NAMESPACE = "global-cluster-e2e-load";
export const SECURITY = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** Starts the pod that sends hits. It has its own namespace, because it outlives those of the suites. */
export async function startLoadPod(): Promise<void> {
  const script = await readFile(new URL("load_script.mjs", import.meta.url), "utf8");
  const container = {
    ...{ name: "load", image: IMAGE, imagePullPolicy: "IfNotPresent", args: ["/script/load_script.mjs"] },
    securityContext: SECURITY,
    volumeMounts: [{ name: "script", mountPath: "/script" }],
  };
  const metadata = { name: "load", namespace: NAMESPACE };
  await applyObjects(
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "load_script.mjs": script } },
    {
      ...{ apiVersion: "v1", kind: "Pod", metadata },
      spec: { containers: [container], volumes: [{ name: "script", configMap: { name: "load" } }] },
    },
  );
  await kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "pod/load", "--timeout=150s");
}

export async function endLoadPod(): Promise<void> {
  await deleteNamespace(NAMESPACE);
}

export interface LoadOptions {
  /** Namespace of the service `visits`. */
  readonly namespace: string;
  /** Each load has a counter of its own. */
  readonly counter: string;
  /** Hits per second. */
  readonly rate?: number;
  /** Seconds after which it stops by itself. */
  readonly seconds?: number;
  /** Whether each hit is answered only when it is in the ledger. */
  readonly committed?: boolean;
  /** Whether each hit has a key and is sent again until a response says that it is counted. Then all are acknowledged. */
  readonly keyed?: boolean;
}

export async function startLoad({
  namespace,
  counter,
  rate = 100,
  seconds = 300,
  committed = false,
  keyed = false,
}: LoadOptions): Promise<void> {
  const url = `http://visits.${namespace}.svc.cluster.local`;
  const query = new URLSearchParams({ url, counter, rate: `${rate}`, seconds: `${seconds}` });
  if (committed) query.set("committed", "yes");
  if (keyed) query.set("keyed", "yes");
  await ask(`/start?${query}`);
}

export function stopLoad(counter: string): Promise<Sent> {
  return ask<Sent>(`/stop?counter=${counter}`);
}

function ask<T>(path: string): Promise<T> {
  return proxied<T>(NAMESPACE, "pods/load:8080", path);
}
