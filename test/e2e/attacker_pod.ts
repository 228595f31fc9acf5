import { readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundled } from "../../image/bundle.ts";
import { createObjects, kubectl, readObject } from "./kubectl.ts";
import { SECURITY } from "./load.ts";
import { until } from "./programs.ts";
import { IMAGE } from "./surroundings.ts";

const ATTACKS = join(import.meta.dirname, "../attacks");
const NAME = "attacker";
const FILES = "files.json.gz";
/** The image has no sources, and nothing but Node. In `/app/test`, the program finds what the image's programs read. */
const UNPACK_AND_RUN = `
const { readFileSync, writeFileSync } = require("node:fs");
const files = JSON.parse(require("node:zlib").gunzipSync(readFileSync("/packed/${FILES}")));
for (const [name, text] of Object.entries(files)) writeFileSync("/app/test/" + name, text);
import("/app/test/run.js");`;

/** Runs these attacks in a pod, and resolves to what was printed and the exit code. `labels`: policies know a pod by them. */
export async function attackFrom(
  namespace: string,
  numbers: readonly number[],
  args: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): Promise<{ readonly printed: string; readonly code: number | undefined }> {
  const metadata = { name: NAME, namespace };
  const container = {
    ...{ name: NAME, image: IMAGE, imagePullPolicy: "IfNotPresent" },
    args: ["-e", UNPACK_AND_RUN, "--", "--only", numbers.join(), ...args],
    // Nobody listens there: no Service may lead visitors to this pod.
    readinessProbe: { tcpSocket: { port: 1 } },
    securityContext: SECURITY,
    volumeMounts: [
      { name: "packed", mountPath: "/packed" },
      { name: "test", mountPath: "/app/test" },
    ],
  };
  const volumes = [
    { name: "packed", configMap: { name: NAME } },
    { name: "test", emptyDir: {} },
  ];
  const spec = { restartPolicy: "Never", containers: [container], volumes };
  await createObjects(
    { apiVersion: "v1", kind: "ConfigMap", metadata, binaryData: { [FILES]: await packed(numbers) } },
    { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, labels }, spec },
  );
  const code = await until("the attacks have ended", 400, async () => {
    const pod = await readObject<Ended>(namespace, "pod", NAME);
    const state = pod?.status.containerStatuses?.[0]?.state.terminated;
    return state && { exit: state.exitCode };
  });
  const printed = await kubectl("-n", namespace, "logs", `pod/${NAME}`);
  await kubectl("-n", namespace, "delete", "pod", NAME, "--grace-period=1");
  return { printed, code: code.exit };
}

interface Ended {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly containerStatuses?: readonly { readonly state: { readonly terminated?: { readonly exitCode: number } } }[];
  };
}

/** `npm run attacks` with these attacks alone, and all that they import. Others would bring the client of Kubernetes. */
async function packed(numbers: readonly number[]): Promise<string> {
  const attacks = readdirSync(ATTACKS).filter((name) => numbers.includes(Number(/^(\d\d)_/.exec(name)?.[1])));
  const sources = ["run.ts", "honest_client.ts", ...attacks].map((name) => join(ATTACKS, name));
  return gzipSync(JSON.stringify(Object.fromEntries(await bundled(sources)))).toString("base64");
}
