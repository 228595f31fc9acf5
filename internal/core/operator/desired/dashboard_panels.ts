/** One panel of the dashboard. */
export interface DashboardPanel {
  readonly kind: "timeseries" | "stat" | "bargauge";
  readonly title: string;
  /** For people who hover over its corner. */
  readonly description: string;
  /** As Grafana names units. */
  readonly unit: "none" | "short" | "reqps" | "s" | "bytes";
  readonly size: { readonly width: number; readonly height: number };
  readonly stacked?: boolean;
  readonly queries: readonly DashboardQuery[];
}

export interface DashboardQuery {
  /** PromQL; `$job` is the cluster, `$__rate_interval` a time that rates are good over. */
  readonly query: string;
  /** Grafana's, such as `{{pod}}`. */
  readonly legend: string;
}

const NUMBER = { width: 6, height: 5 };
const HALF = { width: 12, height: 8 };
const THIRD = { width: 8, height: 8 };

export const PANELS: readonly DashboardPanel[] = [
  {
    ...{ kind: "stat", title: "Total of visits", unit: "none", size: NUMBER },
    description: "Committed hits of the counter visits. Prometheus rounds beyond 2^53; the page does not.",
    // The leader alone tells; after a change of leaders nobody does for a moment.
    queries: [one('max(max_over_time(global_cluster_ledger_hits{job="$job",counter="visits"}[5m]))', "visits")],
  },
  {
    ...{ kind: "stat", title: "Hits per second", unit: "reqps", size: NUMBER },
    description: "Hits acknowledged by all pods, of all counters.",
    queries: [one(`sum(${rateOf("global_cluster_hits_accepted_total")})`, "hits")],
  },
  {
    ...{ kind: "stat", title: "Snapshot age", unit: "s", size: NUMBER },
    description:
      "How old the total is on the pod that is furthest behind. Beyond a few seconds, commits are not getting through.",
    queries: [one(`max(${now("global_cluster_snapshot_age_seconds")})`, "age")],
  },
  {
    ...{ kind: "stat", title: "Leader", unit: "none", size: NUMBER },
    description: "The pod that commits.",
    queries: [one(`${now("global_cluster_leader")} == 1`, "{{pod}}")],
  },
  {
    ...{ kind: "timeseries", title: "Hits per second by pod", unit: "reqps", size: HALF, stacked: true },
    description: "Hits that each pod has acknowledged.",
    queries: [one(`sum by (pod) (${rateOf("global_cluster_hits_accepted_total")})`, "{{pod}}")],
  },
  {
    ...{ kind: "timeseries", title: "Hits per second by region", unit: "reqps", size: HALF, stacked: true },
    description: "Hits that the pods of each region have acknowledged.",
    queries: [one(`sum by (region) (${rateOf("global_cluster_hits_accepted_total")})`, "{{region}}")],
  },
  {
    ...{ kind: "timeseries", title: "Pending hits", unit: "short", size: THIRD, stacked: true },
    description:
      "Acknowledged and not shown as committed yet: about one round's worth, or what came in while the store was away.",
    queries: [one(`sum by (pod) (${now("global_cluster_pending_hits")})`, "{{pod}}")],
  },
  {
    ...{ kind: "timeseries", title: "Snapshot age by pod", unit: "s", size: THIRD },
    description: "Time since each pod last heard a current total.",
    queries: [one(`max by (pod) (${now("global_cluster_snapshot_age_seconds")})`, "{{pod}}")],
  },
  {
    ...{ kind: "timeseries", title: "Pods by state", unit: "short", size: THIRD, stacked: true },
    description: "As the pods see each other.",
    queries: [one(`max by (state) (${now("global_cluster_nodes")})`, "{{state}}")],
  },
  {
    ...{ kind: "timeseries", title: "Round stages", unit: "s", size: THIRD },
    description:
      "How long 50% and 99% of the rounds took at most, by stage: collect from pods, commit to the store, publish.",
    queries: [quantile(0.5, "half of them"), quantile(0.99, "99%")],
  },
  {
    ...{ kind: "timeseries", title: "Rounds by outcome", unit: "short", size: THIRD, stacked: true },
    description: "Rounds per second. Anything but committed and idle for more than a moment wants a person.",
    queries: [one(`sum by (outcome) (${rateOf("global_cluster_rounds_total")})`, "{{outcome}}")],
  },
  {
    ...{ kind: "timeseries", title: "Leader changes", unit: "short", size: THIRD },
    description: "How often the pod that heard of the most saw another one lead.",
    queries: [one('max(increase(global_cluster_leader_changes_total{job="$job"}[$__rate_interval]))', "changes")],
  },
  {
    ...{ kind: "timeseries", title: "Store size", unit: "bytes", size: THIRD },
    description:
      "What the counters take, of which there is room for 1 MiB, and the size of each etcd pod's file, which keeps some history.",
    queries: [
      one('max(max_over_time(global_cluster_ledger_bytes{job="$job"}[5m]))', "counters"),
      one(`max by (pod) (${now("etcd_mvcc_db_total_size_in_bytes")})`, "{{pod}}"),
    ],
  },
  {
    ...{ kind: "timeseries", title: "Memory by pod", unit: "bytes", size: THIRD },
    description: "Resident memory of each process.",
    queries: [one(`max by (pod) (${now("process_resident_memory_bytes")})`, "{{pod}}")],
  },
  {
    ...{ kind: "bargauge", title: "Largest counters", unit: "none", size: THIRD },
    description: "Committed hits of the ten largest.",
    queries: [
      one('topk(10, max by (counter) (max_over_time(global_cluster_ledger_hits{job="$job"}[5m])))', "{{counter}}"),
    ],
  },
];

function one(query: string, legend: string): DashboardQuery {
  return { query, legend };
}

function now(metric: string): string {
  return `${metric}{job="$job"}`;
}

function rateOf(metric: string): string {
  return `rate(${metric}{job="$job"}[$__rate_interval])`;
}

function quantile(share: number, words: string): DashboardQuery {
  const buckets = `sum by (le, stage) (${rateOf("global_cluster_round_seconds_bucket")})`;
  return one(`histogram_quantile(${share}, ${buckets})`, `{{stage}}, ${words}`);
}
