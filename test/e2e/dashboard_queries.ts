import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type DashboardOwner, dashboardJson } from "../../internal/core/operator/desired/dashboard.ts";
import { eventually } from "../eventually.ts";
import { freePorts } from "../free_port.ts";
import { programFile } from "../needs.ts";

/** A process with metrics. */
export interface ScrapeTarget {
  /** `host:port`. */
  readonly address: string;
  /** Path of its metrics, if not `/metrics`. */
  readonly path?: string;
  /** The value of the label `pod`, which a PodMonitor would add. */
  readonly pod: string;
}

/** Seconds between two scrapes. Rates are over four scrapes, as in Grafana. */
const INTERVAL = 1;
const RATE_INTERVAL = `${4 * INTERVAL}s`;
/** Milliseconds. Rates need two scrapes, and the targets must have worked between them. */
const PATIENCE = 60_000;

/**
 * The queries of a cluster's dashboard for which a real Prometheus has no data although it scrapes these targets: none if all is well. The
 * targets must be counting meanwhile. Prometheus runs on loopback until this resolves.
 */
export async function queriesWithoutData(
  owner: DashboardOwner,
  targets: readonly ScrapeTarget[],
  patience = PATIENCE,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  const [port] = await freePorts(1);
  writeFileSync(join(folder, "prometheus.yml"), configuration(owner, targets));
  const prometheus = spawn(programFile("prometheus") ?? "prometheus", commandLine(folder, Number(port)), {
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => prometheus.once("close", () => resolve()));
  try {
    const url = `http://127.0.0.1:${port}`;
    await eventually(() => isReady(url));
    return await unanswered(url, queriesOf(owner), patience);
  } finally {
    prometheus.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The queries as Grafana sends them, with its variables filled in. */
export function queriesOf(owner: DashboardOwner): string[] {
  const dashboard: Dashboard = JSON.parse(dashboardJson(owner));
  return dashboard.panels
    .flatMap(({ targets }) => targets.map(({ expr }) => expr))
    .map((query) => query.replaceAll("$job", jobOf(owner)).replaceAll("$__rate_interval", RATE_INTERVAL));
}

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

function jobOf({ namespace, name }: DashboardOwner): string {
  return `${namespace}/${name}`;
}

/** JSON is YAML. */
function configuration(owner: DashboardOwner, targets: readonly ScrapeTarget[]): string {
  const static_configs = targets.map(({ address, path = "/metrics", pod }) => ({
    targets: [address],
    labels: { pod, __metrics_path__: path },
  }));
  return JSON.stringify({
    global: { scrape_interval: `${INTERVAL}s`, scrape_timeout: `${INTERVAL}s` },
    scrape_configs: [{ job_name: jobOf(owner), static_configs }],
  });
}

function commandLine(folder: string, port: number): string[] {
  return [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Asks until every query has had data, or time is up. */
async function unanswered(url: string, queries: readonly string[], patience: number): Promise<string[]> {
  const deadline = performance.now() + patience;
  let open = [...queries];
  while (open.length > 0 && performance.now() < deadline) {
    await sleep(INTERVAL * 500);
    const answers = await Promise.all(open.map((query) => hasData(url, query)));
    open = open.filter((_, index) => !answers[index]);
  }
  return open;
}

/** Whether any series of the answer is a number. The quotient of two zero rates is NaN. */
async function hasData(url: string, query: string): Promise<boolean> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
  const { data, error } = (await answer.json()) as QueryAnswer;
  if (!data) throw new Error(`Prometheus does not understand ${query}: ${error}`);
  return data.result.some(({ value }) => Number.isFinite(Number(value[1])));
}

interface QueryAnswer {
  readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  readonly error?: string;
}
