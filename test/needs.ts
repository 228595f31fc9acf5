import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { networkInterfaces } from "node:os";
import { delimiter, join } from "node:path";
import { mountSmallDisk } from "./adapters/disk/small_disk.ts";
import { canPartition } from "./network_namespaces.ts";

/** Something that some tests need and `npm ci` does not bring. */
interface Needed {
  /** Whether this machine has it. */
  readonly found: () => boolean;
  /** Few machines have it, or what uses it takes long: `npm test` leaves it to `npm run test:all` also where it is. */
  readonly late?: boolean;
  /** How a person gets it. */
  readonly advice: string;
}

/** The commit of the release 0.1.0. */
export const RELEASE_0_1_0 = "d1948f2";

const NEEDED = {
  bash: { found: has("bash"), advice: "apt-get install bash" },
  caddy: { late: true, found: has("caddy"), advice: "apt-get install caddy" },
  "check-jsonschema": { late: true, found: has("check-jsonschema"), advice: "pip install check-jsonschema" },
  Chromium: { late: true, found: has("chromium"), advice: "apt-get install chromium, or CHROMIUM=/path/to/chromium" },
  curl: { found: has("curl"), advice: "apt-get install curl" },
  E2E_IMAGE_0_1_0: {
    found: () => Boolean(process.env.E2E_IMAGE_0_1_0),
    advice: "E2E_IMAGE_0_1_0=an image of the release 0.1.0 that the cluster's nodes have",
  },
  E2E_STOP_API_SERVER: {
    found: () => Boolean(process.env.E2E_STOP_API_SERVER),
    advice: "E2E_STOP_API_SERVER=a shell command that stops the API server for 30 s",
  },
  etcd: {
    late: true,
    found: has("etcd"),
    advice: "etcd 3.6 on the PATH or ETCD_BINARY=/path/to/etcd, see https://etcd.io/docs/v3.6/install/",
  },
  grep: { found: has("grep"), advice: "apt-get install grep" },
  helm: { late: true, found: has("helm"), advice: "helm 4 or 3 on the PATH, see https://helm.sh/docs/intro/install/" },
  IPv6: { found: hasIpv6, advice: "a loopback interface with the address ::1" },
  "kube-apiserver": {
    late: true,
    found: has("kube-apiserver"),
    advice: "kube-apiserver on the PATH or its folder in KUBEBUILDER_ASSETS; `setup-envtest use -p path` gets one",
  },
  kubectl: {
    late: true,
    found: has("kubectl"),
    advice: "kubectl on the PATH, see https://kubernetes.io/docs/tasks/tools/",
  },
  "more time": { late: true, found: () => true, advice: "npm run test:all" },
  mount: { found: once(canMount), advice: "run as root, where a tmpfs may be mounted" },
  "network namespaces": {
    late: true,
    found: once(canPartition),
    advice: "apt-get install iproute2 iptables curl, and run as root where network namespaces may be made",
  },
  nginx: { late: true, found: has("nginx"), advice: "apt-get install nginx-light" },
  openssl: { found: has("openssl"), advice: "apt-get install openssl" },
  Prometheus: {
    late: true,
    found: has("prometheus"),
    advice: "apt-get install prometheus, or PROMETHEUS=/path/to/prometheus",
  },
  promtool: { late: true, found: has("promtool"), advice: "apt-get install prometheus, or PROMTOOL=/path/to/promtool" },
  "release 0.1.0": {
    late: true,
    found: once(() => hasCommit(RELEASE_0_1_0)),
    advice: `a clone of the repository with its history, in which ${RELEASE_0_1_0} is the release 0.1.0`,
  },
  ps: { found: has("ps"), advice: "apt-get install procps" },
  script: { found: has("script"), advice: "apt-get install bsdutils" },
  strace: { late: true, found: once(canTrace), advice: "apt-get install strace, where processes may be traced" },
  "systemd-analyze": { late: true, found: has("systemd-analyze"), advice: "apt-get install systemd" },
  taskset: { found: has("taskset"), advice: "apt-get install util-linux" },
  zsh: { late: true, found: has("zsh"), advice: "apt-get install zsh" },
  wrk: { late: true, found: has("wrk"), advice: "apt-get install wrk" },
} as const satisfies Readonly<Record<string, Needed>>;

export type Need = keyof typeof NEEDED;

/** Programs that a variable of the environment may name, and the other names that they have on a PATH. */
const NAMED_BY: Readonly<Record<string, { readonly variable: string; readonly names?: readonly string[] }>> = {
  etcd: { variable: "ETCD_BINARY" },
  chromium: { variable: "CHROMIUM", names: ["chromium", "chromium-browser", "google-chrome"] },
  promtool: { variable: "PROMTOOL" },
  prometheus: { variable: "PROMETHEUS" },
};

/** By suite or test: what it was skipped for want of. */
const missing = new WeakMap<object, Need>();

/**
 * In a test, or in a suite's `before`: skips it unless this machine has all of `needs`, and unless this run leaves it to a later one.
 * The summary after the run counts what was skipped.
 */
export function needs(context: Mocha.Context, ...needs: readonly Need[]): void {
  const first = needs.find((need) => !isThere(NEEDED[need]));
  if (first === undefined) return;
  const runnable = context.test as (Mocha.Runnable & { readonly type?: string }) | undefined;
  const skipped = runnable?.type === "hook" ? runnable.parent : runnable;
  if (skipped) missing.set(skipped, first);
  context.skip();
}

/** The first of `needs` that this machine lacks; null if it has all. */
export function firstMissing(needs: readonly Need[]): Need | null {
  return needs.find((need) => !NEEDED[need].found()) ?? null;
}

/** What a test, or the suite that it is in, was skipped for want of; null when it did not say. */
export function missingFor(test: Mocha.Test): Need | null {
  for (let at: Mocha.Test | Mocha.Suite | undefined = test; at; at = at.parent) {
    const need = missing.get(at);
    if (need) return need;
  }
  return null;
}

/** How a person gets it. */
export function adviceFor(need: Need): string {
  return NEEDED[need].advice;
}

/** Whether this is `npm test`, which needs nothing but `npm ci` and ends in a few minutes. */
export function isQuick(): boolean {
  return process.env.TEST_TIER === "quick";
}

/**
 * Where a program is: what its variable says (`ETCD_BINARY`, for example), or the first of its names in the folder that
 * KUBEBUILDER_ASSETS names or on the PATH. Null when there is none.
 */
export function programFile(name: string): string | null {
  const { variable = "", names = [name] } = NAMED_BY[name] ?? {};
  const named = process.env[variable];
  if (named) return named;
  const folders = [process.env.KUBEBUILDER_ASSETS ?? "", ...(process.env.PATH ?? "").split(delimiter)];
  const all = names.flatMap((name) => folders.filter((folder) => folder !== "").map((folder) => join(folder, name)));
  return all.find(isExecutable) ?? null;
}

function isThere({ found, late = false }: Needed): boolean {
  return !(late && isQuick()) && found();
}

function has(program: string): () => boolean {
  return () => programFile(program) !== null;
}

function once(ask: () => boolean): () => boolean {
  let answer: boolean | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

function hasCommit(commit: string): boolean {
  return spawnSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: import.meta.dirname }).status === 0;
}

function canMount(): boolean {
  const disk = mountSmallDisk(64 * 1024);
  disk?.unmount();
  return disk !== null;
}

function canTrace(): boolean {
  return spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1"));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
