/** How old the reports are that the leader has from nodes, and when their numbers count as unknown. The server uses it too. */

/**
 * What these functions need of `cluster` (ClusterEvent in events/messages.ts). Durations are in seconds.
 *
 * @typedef {{ readonly store: string, readonly leaderSilence: number | null, readonly interval: number, readonly nodeCount: number, readonly now: number }} ReportClock
 */

/**
 * What they need of a node, or of a region, where `heardAt` is its newest report.
 *
 * @typedef {{ readonly state: string, readonly heardAt: number | null }} Reporter
 */

/**
 * Seconds since the last report; null: there was none.
 *
 * While the store is ok, a node that is counting or shutting down has answered the leader's last rounds: its row is older only because rows of
 * many nodes are sent in turn. In other states of the store the leader may collect nothing. Then nodes keep these states but report nothing.
 *
 * @param {Reporter} reporter
 * @param {ReportClock} cluster
 * @param {number} [elapsed] seconds since `cluster.now`
 */
export function reportAge({ state, heardAt }, cluster, elapsed = 0) {
  if (heardAt === null) return null;
  const age = Math.max(0, (cluster.now - heardAt) / 1000);
  const answers = cluster.store === "ok" && ["counting", "draining", "refusing"].includes(state);
  return (answers ? Math.min(age, cluster.leaderSilence ?? age) : age) + elapsed;
}

/** The leader sends this many rows a round (services/leader/node_list.ts), and calls a node lagging that misses more than this many rounds. */
const ROWS_PER_ROUND = 64;
const MISSED_ROUNDS = 3;
/** For the way between the nodes, and for clocks that differ. */
const SLACK_SECONDS = 2;

/**
 * Whether a report of this age no longer says what the node has now.
 *
 * @param {number | null} age what `reportAge` returned
 * @param {ReportClock} cluster
 */
export function isOutdated(age, { interval, nodeCount }) {
  const rounds = MISSED_ROUNDS + Math.ceil(nodeCount / ROWS_PER_ROUND);
  return age === null || age > rounds * interval + SLACK_SECONDS;
}
