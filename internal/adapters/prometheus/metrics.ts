import { Registry } from "prom-client";
import type { AccessMeter } from "../../ports/access.ts";
import type { Counting } from "../../ports/counting.ts";
import type { Meter } from "../../ports/meter.ts";
import {
  ACCESS_REFUSALS,
  ADJUSTED_ACTIONS,
  KEYED_ANSWERS,
  MARK_RESULTS,
  NODE_METRICS,
  NODE_STATES,
  REFUSED_VERDICTS,
  ROUND_OUTCOMES,
  STAGES,
} from "./metric_table.ts";
import { addBuildInfo, addProcessMetrics } from "./process_metrics.ts";
import { addCounter, addGauge, addHistogram, addReadCounter, addReadGauge } from "./register_metric.ts";

/** The metrics of one node. The services report rounds; everything else is read from `counting` at each scrape. */
export interface Metrics extends Meter, AccessMeter {
  readonly contentType: string;
  /** The exposition text, as of now. */
  text(): Promise<string>;
}

export interface MetricsDeps {
  readonly counting: Counting;
  /** Version of this program, for `global_cluster_build_info`. */
  readonly version: string;
  /** The region that this node's hits are counted under. */
  readonly region: string;
}

export function createMetrics({ counting, version, region }: MetricsDeps): Metrics {
  const registry = new Registry();
  addProcessMetrics(registry);
  addBuildInfo(registry, version);
  addStatistics(registry, counting);
  addAccepted(registry, counting, region);
  addNodes(registry, counting);
  addLeaderChanges(registry, counting);
  addKeys(registry, counting);
  addMarks(registry, counting);
  addLedger(registry, counting);
  return {
    ...createMeter(registry, counting),
    ...createAccessMeter(registry),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

function createMeter(registry: Registry, counting: Counting): Meter {
  const rounds = addCounter(registry, NODE_METRICS.rounds);
  const seconds = addHistogram(registry, NODE_METRICS.roundSeconds);
  const refused = addCounter(registry, NODE_METRICS.refusedBatches);
  const copied = addCounter(registry, NODE_METRICS.copiedLogs);
  const adjusted = addCounter(registry, NODE_METRICS.adjustments);
  const droppedDays = addCounter(registry, NODE_METRICS.droppedDays);
  let used: number | null = null;
  addGauge(registry, NODE_METRICS.storeUsed, function () {
    this.remove();
    if (used !== null && counting.statistics().leading) this.set(used);
  });
  // From the start, so that a rate has a zero to grow from.
  for (const outcome of ROUND_OUTCOMES) rounds.inc({ outcome }, 0);
  for (const stage of STAGES) seconds.zero({ stage });
  for (const verdict of REFUSED_VERDICTS) refused.inc({ verdict }, 0);
  for (const action of ADJUSTED_ACTIONS) adjusted.inc({ action }, 0);
  return {
    round: (outcome) => rounds.inc({ outcome }),
    stage: (stage, took) => seconds.observe({ stage }, took),
    refusedBatch: (verdict) => refused.inc({ verdict }),
    copiedLog: () => copied.inc(),
    adjusted: (action) => adjusted.inc({ action }),
    droppedDay: () => droppedDays.inc(),
    storeUsed: (share) => {
      used = share;
    },
  };
}

function createAccessMeter(registry: Registry): AccessMeter {
  const refused = addCounter(registry, NODE_METRICS.refusedRequests);
  const outdated = addGauge(registry, NODE_METRICS.tokensOutdated);
  for (const reason of ACCESS_REFUSALS) refused.inc({ reason }, 0);
  return {
    refused: (reason) => refused.inc({ reason }),
    tokensOutdated: (is) => outdated.set(Number(is)),
  };
}

function addStatistics(registry: Registry, counting: Counting): void {
  const { journalErrors, directoryLosses, brokenInvariants, indeterminate, pending, leader, snapshotAge } =
    NODE_METRICS;
  addReadCounter(registry, journalErrors, () => counting.statistics().journalErrors);
  addReadCounter(registry, directoryLosses, () => counting.statistics().directoryLosses);
  addReadCounter(registry, brokenInvariants, () => counting.statistics().brokenInvariants);
  addReadCounter(registry, indeterminate, () => counting.statistics().indeterminate);
  addReadGauge(registry, pending, () => counting.statistics().pending);
  addReadGauge(registry, leader, () => Number(counting.statistics().leading));
  addReadGauge(registry, snapshotAge, () => counting.statistics().snapshotAge ?? Number.NaN);
}

function addKeys(registry: Registry, counting: Counting): void {
  addCounter(registry, NODE_METRICS.keyedAnswers, function () {
    this.reset();
    for (const answer of KEYED_ANSWERS) this.inc({ answer }, counting.statistics().keyedAnswers[answer]);
  });
  addReadGauge(registry, NODE_METRICS.keyedWaiting, () => counting.statistics().keyedWaiting);
  addGauge(registry, NODE_METRICS.keysKept, function () {
    const { keysKept } = counting.statistics();
    this.remove();
    if (keysKept !== null) this.set(keysKept);
  });
}

function addMarks(registry: Registry, counting: Counting): void {
  addCounter(registry, NODE_METRICS.markResults, function () {
    this.reset();
    for (const result of MARK_RESULTS) this.inc({ result }, counting.statistics().markResults[result]);
  });
  addReadGauge(registry, NODE_METRICS.marksWaiting, () => counting.statistics().marksWaiting);
  addReadGauge(registry, NODE_METRICS.earlyVisits, () => counting.statistics().earlyVisits);
  addGauge(registry, NODE_METRICS.marksKept, function () {
    const { marksKept } = counting.statistics();
    this.remove();
    if (marksKept !== null) this.set(marksKept);
  });
}

function addNodes(registry: Registry, counting: Counting): void {
  addGauge(registry, NODE_METRICS.nodes, function () {
    for (const state of NODE_STATES) this.set({ state }, 0);
    for (const { state } of counting.cluster().nodes) this.inc({ state });
  });
}

/** The region is a label because people ask for hits per region, and no label of a scraped pod has its region. */
function addAccepted(registry: Registry, counting: Counting, region: string): void {
  addCounter(registry, NODE_METRICS.accepted, function () {
    this.reset();
    this.inc({ region }, counting.statistics().accepted);
  });
}

/** Every node counts them: the node that stops leading may be gone before it is scraped. */
function addLeaderChanges(registry: Registry, counting: Counting): void {
  const changes = addCounter(registry, NODE_METRICS.leaderChanges);
  let known: number | null = null;
  counting.onRound(() => {
    const { leader, epoch } = counting.cluster();
    if (leader === null || epoch === known) return;
    if (known !== null) changes.inc();
    known = epoch;
  });
}

function addLedger(registry: Registry, counting: Counting): void {
  addGauge(registry, NODE_METRICS.ledgerHits, function () {
    this.reset();
    if (!counting.statistics().leading) return;
    // Prometheus stores a double, which is exact up to 2^53.
    for (const { counter, committed } of counting.sum()?.largest ?? []) this.set({ counter }, Number(committed));
  });
  addGauge(registry, NODE_METRICS.ledgerBytes, function () {
    this.remove();
    if (counting.statistics().leading) this.set(counting.sum()?.bytes ?? 0);
  });
}
