/** One panel of the dashboard. */
export interface DashboardPanel {
  readonly kind: "timeseries" | "stat" | "bargauge";
  readonly title: string;
  /** Shown when people hover over its corner. */
  readonly description: string;
  /** One of Grafana's units. */
  readonly unit: "none" | "short" | "reqps" | "s" | "bytes";
  readonly size: { readonly width: number; readonly height: number };
  readonly stacked?: boolean;
  readonly queries: readonly DashboardQuery[];
}

export interface DashboardQuery {
  /** PromQL. `$job` is the cluster, `$__rate_interval` the interval that Grafana recommends for rates. */
  readonly query: string;
  /** A template of Grafana's, such as `{{pod}}`. */
  readonly legend: string;
}

const NUMBER = { width: 6, height: 5 };
const HALF = { width: 12, height: 8 };
const THIRD = { width: 8, height: 8 };

export const PANELS: readonly DashboardPanel[] = [
  {
    ...{ kind: "stat", title: "Total of visits", unit: "none", size: NUMBER },
    description: "Committed hits of the counter visits. Prometheus rounds beyond 2^53; the page does not.",
    // Only the leader reports it, and for a moment after a change of the leader nobody does.
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
      "Age of the total on the pod that is furthest behind. If it is more than a few seconds, hits are not being committed.",
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
      "Acknowledged hits that are not known to be committed yet: about those of one round, or all since the store stopped answering.",
    queries: [one(`sum by (pod) (${now("global_cluster_pending_hits")})`, "{{pod}}")],
  },
  {
    ...{ kind: "timeseries", title: "Snapshot age by pod", unit: "s", size: THIRD },
    description: "Time since each pod last received a current total.",
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
      "The longest time that 50% and 99% of the rounds took, by stage: collect from pods, commit to the store, publish.",
    queries: [quantile(0.5, "half of them"), quantile(0.99, "99%")],
  },
  {
    ...{ kind: "timeseries", title: "Rounds by outcome", unit: "short", size: THIRD, stacked: true },
    description: "Rounds per second. Outcomes other than committed and idle need attention if they last.",
    queries: [one(`sum by (outcome) (${rateOf("global_cluster_rounds_total")})`, "{{outcome}}")],
  },
  {
    ...{ kind: "timeseries", title: "Leader changes", unit: "short", size: THIRD },
    description: "How often the leader changed, as seen by the pod that saw the most changes.",
    queries: [one('max(increase(global_cluster_leader_changes_total{job="$job"}[$__rate_interval]))', "changes")],
  },
  {
    ...{ kind: "timeseries", title: "Store size", unit: "bytes", size: THIRD },
    description:
      "The size of all counters in the ledger, which may be up to 1 MiB, and of each etcd pod's file, which also has some history.",
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
    description: "Committed hits of the ten largest counters.",
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
