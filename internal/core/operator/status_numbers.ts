import type { CounterClusterStatus } from "./counter_cluster.ts";
import type { Sample } from "./decision.ts";
import type { Findings } from "./findings.ts";
import { lagOf } from "./hold.ts";
import type { Observation } from "./observation.ts";

/** The rate is an average over this time. */
const RATE_WINDOW_MS = 10_000;
/** Up to this age the total is current: there is a round each second, and it takes a moment until its result is known. */
const USUAL_LAG_S = 2;
/** Counters that the status names. */
const LARGEST = 5;

type TotalFields = Pick<CounterClusterStatus, "total" | "counters">;
/** What the counter pods report, as fields of the status. */
export type StatusNumbers = TotalFields & Pick<CounterClusterStatus, "leader" | "ratePerSecond" | "lag" | "ledgerID">;

/** `before`: the status of the previous decision. `samples`: the totals up to this report. */
export function statusNumbers(
  findings: Findings,
  before: CounterClusterStatus | undefined,
  samples: readonly Sample[],
): StatusNumbers {
  const { report, currentReport, cluster, now } = findings;
  const ledgerID = (report?.store === "ok" ? report.ledger : null) ?? before?.ledgerID;
  const leader = leaderOf(findings, before?.leader);
  const rate = currentReport ? rateOf(samples) : null;
  const lag = report && cluster.spec.replicas > 0 ? lagOf(report.age, now - report.at) : null;
  return {
    ...(ledgerID !== undefined && { ledgerID }),
    ...totalsOf(findings, before),
    ...(leader !== undefined && { leader }),
    ...(rate !== null && { ratePerSecond: rate }),
    // A number that alternates between 0 and 1 while all is well would cause a write to the API every few seconds.
    ...(lag !== null && { lag: lag <= USUAL_LAG_S ? 0 : Math.floor(lag) }),
  };
}

export function samplesWith(samples: readonly Sample[], { report }: Observation): readonly Sample[] {
  const last = samples.at(-1);
  if (report === null || report.total === null || (last && report.at <= last.at)) return samples;
  const sample = { total: report.total, at: report.at };
  // Another pod may know less than the one before, and an adopted ledger may have less.
  if (last && sample.total < last.total) return [sample];
  return [...samples.filter(({ at }) => at >= sample.at - RATE_WINDOW_MS), sample];
}

/** The total of one ledger never goes backwards: a pod that reports less has not heard the newest snapshot yet. */
function totalsOf({ report }: Observation, before: CounterClusterStatus | undefined): TotalFields {
  const known = {
    ...(before?.total !== undefined && { total: before.total }),
    ...(before?.counters && { counters: before.counters }),
  };
  if (report === null || report.total === null) return known;
  const sameLedger = report.ledger === before?.ledgerID;
  if (sameLedger && before?.total !== undefined && BigInt(before.total) > report.total) return known;
  const counters = report.largest.slice(0, LARGEST).map(({ name, total }) => ({ name, total: String(total) }));
  return { total: String(report.total), ...(counters.length > 0 && { counters }) };
}

/** A pod that is gone does not lead, even if it was the last known leader. */
function leaderOf({ currentReport, pods }: Findings, before: string | undefined): string | undefined {
  const name = currentReport ? currentReport.nodes.find(({ id }) => id === currentReport.leader)?.name : before;
  const runs = pods.some(({ metadata, status }) => metadata.name === name && status?.phase === "Running");
  return runs ? name : undefined;
}

/** Hits per second; null before there are two samples. */
function rateOf(samples: readonly Sample[]): number | null {
  const [first, last] = [samples.at(0), samples.at(-1)];
  if (!first || !last || last.at <= first.at) return null;
  const rate = (Number(last.total - first.total) * 1000) / (last.at - first.at);
  return rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate);
}
