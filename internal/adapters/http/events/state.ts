import type { NodeRow } from "../../../core/cluster/cluster_view.ts";
import { fnv1a32 } from "../../../core/hash.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { describeCluster } from "../cluster_json.ts";
import { mapPlace } from "../map_place.ts";
import { readingJson } from "../totals_json.ts";
import type { ClusterEvent, CounterEvent, NodeEvent } from "./messages.ts";

/** The rate is the average over this time. */
const RATE_SECONDS = 5;

/** The cluster, which is the same for all counters, and its nodes sorted by name. */
export function clusterState(counting: Counting, clock: Clock): { cluster: ClusterEvent; nodes: NodeEvent[] } {
  const { summary, rows, ledgerId } = describeCluster(counting);
  const ledgerTag = tagOf(ledgerId);
  return { cluster: { now: clock.wall(), ledgerTag, ...summary }, nodes: rows.map(nodeEvent) };
}

/** Pages must not know the ledger's id. */
function tagOf(id: string): string {
  return fnv1a32(`tag ${id}`).toString(36);
}

function nodeEvent({ id, name, region, state, hits, committed, pending, active, heardAt }: NodeRow): NodeEvent {
  return { id, name, region, place: mapPlace(region), state, hits, committed, pending, active, heardAt };
}

/** Null for a counter that was never counted. `since`: the first second of its history that is needed. */
export function counterEvent(counting: Counting, counter: string, since = 0): CounterEvent | null {
  const reading = counting.read(counter);
  if (reading === undefined) return null;
  const { from, hits } = counting.history(counter);
  const skipped = Math.min(hits.length, Math.max(0, since - from));
  const history = { from: from + skipped, hits: hits.slice(skipped).map(tenths) };
  return { ...readingJson(reading), rate: rateOf(hits), history };
}

function rateOf(hits: readonly number[]): number | null {
  const last = hits.slice(-RATE_SECONDS);
  return last.length === 0 ? null : tenths(last.reduce((sum, by) => sum + by, 0) / last.length);
}

function tenths(number: number): number {
  return Math.round(number * 10) / 10;
}
