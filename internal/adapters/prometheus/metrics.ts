import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { NodeState } from "../../core/cluster/cluster_view.ts";
import type { Counting, Statistics } from "../../ports/counting.ts";
import type { Meter, RefusedVerdict, RoundOutcome, RoundStage } from "../../ports/meter.ts";
import { bytesOfTotals, largestTotals } from "./ledger_totals.ts";
import { addBuildInfo, addNodeMetrics } from "./process_metrics.ts";

/** The metrics of one node: the services tell it of rounds, everything else is read off `counting` when it is scraped. */
export interface Metrics extends Meter {
  readonly contentType: string;
  /** The exposition text, as of now. */
  text(): Promise<string>;
}

export interface MetricsParts {
  readonly counting: Counting;
  /** Of this program, for `global_cluster_build_info`. */
  readonly version: string;
  /** That this node's hits are counted under. */
  readonly region: string;
}

/** A round takes some milliseconds as a rule, and may take until its deadline. */
const STAGE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STAGES: readonly RoundStage[] = ["collect", "commit", "publish"];
const OUTCOMES: readonly RoundOutcome[] = [
  ...(["committed", "idle", "refused", "unknown"] as const),
  ...(["store_away", "store_full", "store_lost", "corrupt"] as const),
];
const REFUSED: readonly RefusedVerdict[] = ["malformed", "gap"];
const NODE_STATES: readonly NodeState[] = ["counting", "draining", "refusing", "lagging", "unreachable", "foreign"];

export function createMetrics({ counting, version, region }: MetricsParts): Metrics {
  const registry = new Registry();
  addNodeMetrics(registry);
  addBuildInfo(registry, version);
  addStatistics(registry, counting);
  addAccepted(registry, counting, region);
  addNodes(registry, counting);
  addLeaderChanges(registry, counting);
  addLedger(registry, counting);
  return {
    ...createMeter(registry),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

function createMeter(registry: Registry): Meter {
  const rounds = new Counter({
    name: "global_cluster_rounds_total",
    help: "Rounds that this node led, by outcome.",
    labelNames: ["outcome"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "global_cluster_round_seconds",
    help: "Time that the rounds this node led took, by stage.",
    labelNames: ["stage"],
    buckets: STAGE_SECONDS,
    registers: [registry],
  });
  const refused = new Counter({
    name: "global_cluster_refused_batches_total",
    help: "Batches that rounds which this node led could not count, and that stay with their node, by verdict.",
    labelNames: ["verdict"],
    registers: [registry],
  });
  // From the start, so that a rate has a zero to grow from.
  for (const outcome of OUTCOMES) rounds.inc({ outcome }, 0);
  for (const stage of STAGES) seconds.zero({ stage });
  for (const verdict of REFUSED) refused.inc({ verdict }, 0);
  return {
    round: (outcome) => rounds.inc({ outcome }),
    stage: (stage, took) => seconds.observe({ stage }, took),
    refusedBatch: (verdict) => refused.inc({ verdict }),
  };
}

function addStatistics(registry: Registry, counting: Counting): void {
  const counter = (name: string, help: string, read: (statistics: Statistics) => number) =>
    addReadCounter(registry, name, help, () => read(counting.statistics()));
  const gauge = (name: string, help: string, read: (statistics: Statistics) => number) =>
    addReadGauge(registry, name, help, () => read(counting.statistics()));
  counter(
    "journal_errors_total",
    "Writes to the journal that failed; their hits were refused.",
    (now) => now.journalErrors,
  );
  counter(
    "data_directory_losses_total",
    "Times that the data directory was found deleted, moved or replaced under the running node.",
    (now) => now.directoryLosses,
  );
  counter(
    "indeterminate_hits_total",
    "Hits of logs that the ledger may or may not have: kept, not counted.",
    (now) => now.indeterminate,
  );
  counter(
    "broken_invariants_total",
    "Times that this node found its state contradicting itself. After the first it takes no hits until it is restarted.",
    (now) => now.brokenInvariants,
  );
  gauge("pending_hits", "Acknowledged hits that no snapshot has shown as committed yet.", (now) => now.pending);
  gauge("leader", "Whether this node leads: 1 or 0.", (now) => Number(now.leading));
  gauge(
    "snapshot_age_seconds",
    "Time since the newest snapshot here was known to be current; NaN before the first.",
    (now) => now.snapshotAge ?? Number.NaN,
  );
}

function addReadCounter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name: `global_cluster_${name}`,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function addReadGauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name: `global_cluster_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

function addNodes(registry: Registry, counting: Counting): void {
  new Gauge({
    name: "global_cluster_nodes",
    help: "Nodes of the cluster as this node sees it, by state.",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      for (const state of NODE_STATES) this.set({ state }, 0);
      for (const { state } of counting.cluster().nodes) this.inc({ state });
    },
  });
}

/** The region is a label because hits per region are asked for, and what a scraper knows of a pod has no name for its region. */
function addAccepted(registry: Registry, counting: Counting, region: string): void {
  new Counter({
    name: "global_cluster_hits_accepted_total",
    help: "Hits that this process has acknowledged.",
    labelNames: ["region"],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ region }, counting.statistics().accepted);
    },
  });
}

/** Every node counts them: the one that stops leading may be gone before it could tell. */
function addLeaderChanges(registry: Registry, counting: Counting): void {
  const changes = new Counter({
    name: "global_cluster_leader_changes_total",
    help: "How often this node saw another leadership begin after the first.",
    registers: [registry],
  });
  let known: number | null = null;
  counting.onRound(() => {
    const { leader, epoch } = counting.cluster();
    if (leader === null || epoch === known) return;
    if (known !== null) changes.inc();
    known = epoch;
  });
}

function addLedger(registry: Registry, counting: Counting): void {
  new Gauge({
    name: "global_cluster_ledger_hits",
    help: "Committed total of each of the largest counters; only the leader tells.",
    labelNames: ["counter"],
    registers: [registry],
    collect() {
      this.reset();
      if (!counting.statistics().leading) return;
      for (const { counter, total } of largestTotals(counting)) this.set({ counter }, total);
    },
  });
  new Gauge({
    name: "global_cluster_ledger_bytes",
    help: "What the committed totals take in the store, at most; only the leader tells.",
    registers: [registry],
    collect() {
      this.remove();
      if (counting.statistics().leading) this.set(bytesOfTotals(counting));
    },
  });
}
