import type { NodeState } from "../../core/cluster/cluster_view.ts";
import type { AccessRefusal } from "../../ports/access.ts";
import type { KeyedAnswer, MarkResult } from "../../ports/counting.ts";
import type { AdjustedAction, RefusedVerdict, RoundOutcome, RoundStage } from "../../ports/meter.ts";
import type { ReconcileOutcome } from "../../ports/operator_meter.ts";

/** One metric: prom-client makes it of this, and docs/metrics.md describes it by this (`npm run docs`). */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Name of each label, and its values or what they are. */
  readonly labels?: Readonly<Record<string, readonly string[] | string>>;
  /** Upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[];
}

/** A round takes some milliseconds as a rule, and may take until its deadline. */
const STAGE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** A reconcile that changes nothing takes less than a millisecond, a new resource a second. */
const RECONCILE_SECONDS = [...STAGE_SECONDS, 30];

export const STAGES: readonly RoundStage[] = ["collect", "commit", "publish"];
export const ROUND_OUTCOMES: readonly RoundOutcome[] = [
  ...(["committed", "idle", "refused", "unknown"] as const),
  ...(["store_away", "store_full", "store_lost", "corrupt"] as const),
];
export const REFUSED_VERDICTS: readonly RefusedVerdict[] = [
  "malformed",
  "gap",
  "foreign",
  "indeterminate",
  "unconverted",
];
export const ADJUSTED_ACTIONS: readonly AdjustedAction[] = ["set", "delete", "import", "link", "unlink"];
export const NODE_STATES: readonly NodeState[] = [
  "counting",
  "draining",
  "refusing",
  "lagging",
  "unreachable",
  "foreign",
];
export const ACCESS_REFUSALS: readonly AccessRefusal[] = ["bad_token", "no_right", "rate", "connection"];
export const MARK_RESULTS: readonly MarkResult[] = ["decided", "refused", "no_room", "no_secret"];
export const KEYED_ANSWERS: readonly KeyedAnswer[] = [
  "counted",
  "duplicate",
  "reused",
  "expired",
  "refused",
  "unknown",
];
export const RECONCILE_OUTCOMES: readonly ReconcileOutcome[] = ["done", "waiting", "refused", "failed"];

export const BUILD_INFO = {
  name: "global_cluster_build_info",
  type: "gauge",
  help: "Always 1. The labels say which program runs.",
  labels: { version: "its own", node_version: "that of Node.js" },
} as const satisfies Metric;

/** Of a counter node. */
export const NODE_METRICS = {
  accepted: {
    name: "global_cluster_hits_accepted_total",
    type: "counter",
    help: "Hits that this process has acknowledged.",
    labels: { region: "the region that the hits are counted under" },
  },
  pending: {
    name: "global_cluster_pending_hits",
    type: "gauge",
    help: "Acknowledged hits that no snapshot has shown as committed yet.",
  },
  ledgerHits: {
    name: "global_cluster_ledger_hits",
    type: "gauge",
    help: "Committed total of each of the 100 largest counters. Only the leader reports it.",
    labels: { counter: "the counter's name" },
  },
  ledgerBytes: {
    name: "global_cluster_ledger_bytes",
    type: "gauge",
    help: "Upper bound of the bytes that the committed totals take in the store. Only the leader reports it.",
  },
  storeUsed: {
    name: "global_cluster_store_used_ratio",
    type: "gauge",
    help: "Share of its space that the store uses: in etcd, of its quota. From 0.8 on, new counters are refused. Only the leader reports it.",
  },
  leader: { name: "global_cluster_leader", type: "gauge", help: "1 if this node is the leader, otherwise 0." },
  leaderChanges: {
    name: "global_cluster_leader_changes_total",
    type: "counter",
    help: "Leaderships that this node has seen begin, after the first.",
  },
  nodes: {
    name: "global_cluster_nodes",
    type: "gauge",
    help: "Nodes of the cluster as this node sees it, by state.",
    labels: { state: NODE_STATES },
  },
  rounds: {
    name: "global_cluster_rounds_total",
    type: "counter",
    help: "Rounds that this node led, by outcome.",
    labels: { outcome: ROUND_OUTCOMES },
  },
  roundSeconds: {
    name: "global_cluster_round_seconds",
    type: "histogram",
    help: "Duration of the rounds that this node led, by stage.",
    labels: { stage: STAGES },
    buckets: STAGE_SECONDS,
  },
  refusedBatches: {
    name: "global_cluster_refused_batches_total",
    type: "counter",
    help: "Batches that this node as leader could not count, by verdict. Their hits stay on the node that sent them.",
    labels: { verdict: REFUSED_VERDICTS },
  },
  copiedLogs: {
    name: "global_cluster_copied_logs_total",
    type: "counter",
    help: "Logs that this node as leader found on two nodes: a data directory was copied while its node ran.",
  },
  adjustments: {
    name: "global_cluster_adjustments_total",
    type: "counter",
    help: "Adjustments that this node as leader committed, by action. import: parts of an import, of at most 2,000 lines each.",
    labels: { action: ADJUSTED_ACTIONS },
  },
  droppedDays: {
    name: "global_cluster_history_drops_total",
    type: "counter",
    help: "Times that this node as leader dropped the oldest day of hits by hour: there were more than 400, or more bytes than --days-budget. Totals keep their hits.",
  },
  snapshotAge: {
    name: "global_cluster_snapshot_age_seconds",
    type: "gauge",
    help: "Time since the newest snapshot on this node was known to be current. NaN before the first snapshot.",
  },
  journalErrors: {
    name: "global_cluster_journal_errors_total",
    type: "counter",
    help: "Failed writes to the journal. Their hits were refused.",
  },
  directoryLosses: {
    name: "global_cluster_data_directory_losses_total",
    type: "counter",
    help: "Times that the data directory was found deleted, moved or replaced under the running node.",
  },
  brokenInvariants: {
    name: "global_cluster_broken_invariants_total",
    type: "counter",
    help: "Times that this node found a contradiction in its state. After the first it refuses hits until it is restarted.",
  },
  indeterminate: {
    name: "global_cluster_indeterminate_hits_total",
    type: "counter",
    help: "Hits that the ledger may or may not have. They are kept and not counted.",
  },
  keyedAnswers: {
    name: "global_cluster_keyed_requests_total",
    type: "counter",
    help: "Requests with an Idempotency-Key that this node answered. refused: not counted, and it may be sent again. unknown: no leader said in time what became of it.",
    labels: { answer: KEYED_ANSWERS },
  },
  keyedWaiting: {
    name: "global_cluster_keyed_requests_waiting",
    type: "gauge",
    help: "Requests with an Idempotency-Key that wait for the commit of their hits.",
  },
  keysKept: {
    name: "global_cluster_keys_kept",
    type: "gauge",
    help: "Idempotency keys that the ledger keeps. Only the leader reports it.",
  },
  markResults: {
    name: "global_cluster_marks_total",
    type: "counter",
    help: "Marks of visitors that were new to this node. decided: the ledger has it. refused: the ledger keeps as many as it may, so the visitor is not counted. no_room: too many wait here, or the counter would be one too many. no_secret: this node has no secret of the day.",
    labels: { result: MARK_RESULTS },
  },
  marksWaiting: {
    name: "global_cluster_marks_waiting",
    type: "gauge",
    help: "Marks of visitors that wait for a leader's decision.",
  },
  earlyVisits: {
    name: "global_cluster_early_visits",
    type: "gauge",
    help: "Visits that wait for the secret of their day, for ten seconds at most. Without it, a visitor has no mark.",
  },
  marksKept: {
    name: "global_cluster_marks_kept",
    type: "gauge",
    help: "Marks of visitors that the ledger keeps. Only the leader reports it.",
  },
  refusedRequests: {
    name: "global_cluster_refused_requests_total",
    type: "counter",
    help: "Requests that this node refused because of their token, of the rights of their sender, or of a rate; and connections that it closed because their address had or opened too many.",
    labels: { reason: ACCESS_REFUSALS },
  },
  tokensOutdated: {
    name: "global_cluster_tokens_outdated",
    type: "gauge",
    help: "1 while the file of tokens is missing or not valid, so that the old tokens stay in force; otherwise 0.",
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** Of an operator. */
export const OPERATOR_METRICS = {
  reconcileSeconds: {
    name: "global_cluster_operator_reconcile_seconds",
    type: "histogram",
    help: "Duration of reconciling one resource, by outcome.",
    labels: { outcome: RECONCILE_OUTCOMES },
    buckets: RECONCILE_SECONDS,
  },
  resources: {
    name: "global_cluster_operator_resources",
    type: "gauge",
    help: "CounterClusters that this operator manages.",
  },
  queueLength: {
    name: "global_cluster_operator_queue_length",
    type: "gauge",
    help: "CounterClusters that wait to be reconciled.",
  },
  failing: {
    name: "global_cluster_operator_failing",
    type: "gauge",
    help: "CounterClusters whose last reconcile failed. The operator retries them.",
  },
  unreadKinds: {
    name: "global_cluster_operator_unread_kinds",
    type: "gauge",
    help: "Kinds of objects whose lists the operator has not read yet.",
  },
  eventsWaiting: {
    name: "global_cluster_operator_events_waiting",
    type: "gauge",
    help: "Events that have not reached the API server yet.",
  },
  lostHits: {
    name: "global_cluster_operator_lost_hits_total",
    type: "counter",
    help: "Hits of counter pods that are gone without having drained: those that they left, or had pending when last heard.",
  },
} as const satisfies Readonly<Record<string, Metric>>;
