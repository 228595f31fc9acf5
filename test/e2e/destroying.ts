import assert from "node:assert/strict";
import { kubectl, readObject } from "./kubectl.ts";
import { until } from "./programs.ts";

/** Runs in a counter's container whose pod shares its process namespace. There the program is not process 1, which no signal from inside ends. */
const KILL = `
  import { readdirSync, readFileSync } from "node:fs";
  const found = readdirSync("/proc").filter((id) => /^\\d+$/.test(id) && Number(id) !== process.pid)
    .filter((id) => readFileSync("/proc/" + id + "/cmdline", "latin1").includes("cmd/node.ts"));
  if (found.length !== 1) throw new Error("found " + found.length + " counters");
  process.kill(Number(found[0]), "SIGKILL");`;

/** Sends SIGKILL to the program in a pod. Kubernetes then restarts its container. */
export async function killProcess(namespace: string, pod: string): Promise<void> {
  const before = await restarts(namespace, pod);
  await runKiller(namespace, pod, KILL);
  await until(`the container of ${pod} was started again`, 150, async () => (await restarts(namespace, pod)) > before);
}

/** Hits of one counter that a pod received just before it was destroyed. */
export interface LastHits {
  readonly counter: string;
  /** In the ledger before that. */
  readonly committed: number;
  /** Acknowledged, and pending on that pod. */
  readonly pending: number;
}

/**
 * Milliseconds after a container's first and second restart within which another end makes Kubernetes wait before it restarts it. The limits
 * are 10 and 20 seconds; a kill takes a moment.
 */
const BACK_OFF_MS = [8_000, 18_000];

/** Kills a pod's program two or three times, the last time with pending hits. Kubernetes then waits before it restarts the container. */
export async function crashPod(namespace: string, pod: string, last: LastHits): Promise<void> {
  for (const limit of BACK_OFF_MS) {
    const start = Date.now();
    await killProcess(namespace, pod);
    await until(`${pod} is ready again`, 90, async () => (await counterOf(namespace, pod)).ready);
    if (Date.now() - start < limit) break;
  }
  await runKiller(namespace, pod, `${sending(last)} ${KILL}`);
}

/**
 * Destroys a pod together with its disk. A pod that is only deleted by force disappears from the API, but continues until it has drained. So
 * this crashes it first.
 */
export async function destroyPod(namespace: string, pod: string, last: LastHits): Promise<void> {
  await crashPod(namespace, pod, last);
  await kubectl("-n", namespace, "delete", "pod", pod, "--force", "--grace-period=0");
}

function sending({ counter, committed, pending }: LastHits): string {
  return `
    const hit = async (by, query) => {
      const url = "http://127.0.0.1:4000/v1/counters/${counter}/hits" + query;
      const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ by }) });
      return answer.json();
    };
    const before = await hit(${committed}, "?wait=committed");
    const after = await hit(${pending}, "");
    if (before.committed !== ${committed} || after.pending !== ${pending}) throw new Error(JSON.stringify([before, after]));`;
}

/** The container ends with its program. The process that killed it from inside may be killed with it (exit code 137) before it ends itself. */
async function runKiller(namespace: string, pod: string, script: string): Promise<void> {
  const node = ["node", "--input-type=module", "-e", script];
  await kubectl("-n", namespace, "exec", pod, "-c", "counter", "--", ...node).catch((error) => {
    if (!/exit code 137$/m.test(String(error))) throw error;
  });
}

/** How often the container of a pod was started again. */
export async function restarts(namespace: string, pod: string): Promise<number> {
  return (await counterOf(namespace, pod)).restartCount;
}

async function counterOf(namespace: string, pod: string): Promise<ContainerStatus> {
  const found = await readObject<{ status: { containerStatuses: ContainerStatus[] } }>(namespace, "pod", pod);
  const counter = found?.status.containerStatuses.find(({ name }) => name === "counter");
  assert.ok(counter, `there is no counter in ${pod}`);
  return counter;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
}
