import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { applyObjects, kubectl, readObject } from "./kubectl.ts";
import { SECURITY } from "./load.ts";
import { until } from "./programs.ts";
import { IMAGE } from "./surroundings.ts";

const TEST = join(import.meta.dirname, "..");
const PROGRAM = "attacks/run.ts";
const NAME = "attacker";
/** The files of a ConfigMap are links into a folder beside it, from where imports would lead elsewhere. */
const LINKS_STAY = ["--preserve-symlinks", "--preserve-symlinks-main"];

/** Runs `npm run attacks` in a pod, and resolves to what it printed and its exit code. `labels`: policies know a pod by them. */
export async function attackFrom(
  namespace: string,
  args: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): Promise<{ readonly printed: string; readonly code: number | undefined }> {
  const metadata = { name: NAME, namespace };
  const files = attackFiles();
  const items = files.map((path) => ({ key: keyOf(path), path }));
  const data = Object.fromEntries(files.map((path) => [keyOf(path), readFileSync(join(TEST, path), "utf8")]));
  const container = {
    ...{ name: NAME, image: IMAGE, imagePullPolicy: "IfNotPresent" },
    args: [...LINKS_STAY, `/app/test/${PROGRAM}`, ...args],
    // Nobody listens there: no Service may lead visitors to this pod.
    readinessProbe: { tcpSocket: { port: 1 } },
    securityContext: SECURITY,
    volumeMounts: [{ name: "test", mountPath: "/app/test" }],
  };
  const volumes = [{ name: "test", configMap: { name: NAME, items } }];
  const spec = { restartPolicy: "Never", containers: [container], volumes };
  await applyObjects(
    { apiVersion: "v1", kind: "ConfigMap", metadata, data },
    { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, labels }, spec },
  );
  const code = await until("the attacks have ended", 200, async () => {
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

/** Paths in `test/` of the program and of everything that it loads. The image has the rest. */
function attackFiles(): readonly string[] {
  const all = readdirSync(join(TEST, "attacks")).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const found = new Set<string>();
  const add = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    const text = readFileSync(join(TEST, path), "utf8");
    for (const [, to = ""] of text.matchAll(/ from "(\.[^"]+)"/g)) {
      const imported = relative(TEST, join(TEST, dirname(path), to));
      if (!imported.startsWith("..")) add(imported);
    }
  };
  for (const name of all) add(`attacks/${name}`);
  return [...found];
}

/** A key of a ConfigMap has no slash. */
function keyOf(path: string): string {
  return path.replaceAll("/", "..");
}
