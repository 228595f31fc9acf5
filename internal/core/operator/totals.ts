import type { CounterClusterStatus } from "./counter_cluster.ts";
import { currentAnswer } from "./current_answer.ts";
import type { Sample } from "./decision.ts";
import { lagOf } from "./hold.ts";
import type { Observation } from "./observation.ts";

/** Milliseconds that the rate is an average of. */
const RATE_WINDOW = 10_000;
/** Seconds up to which the total counts as current: a round a second, and the time until it is heard of. */
const USUAL_LAG = 2;

/** Counters that the status names. */
const LARGEST = 5;

type Totals = Pick<CounterClusterStatus, "total" | "counters">;

/** What the counters say, as the status tells it. */
export type Told = Pick<CounterClusterStatus, "leader" | "ratePerSecond" | "lag" | "ledgerID"> & Totals;

/** `before` is the status that was told last; `samples` are the totals up to this answer. */
export function told(
  observation: Observation,
  before: CounterClusterStatus | undefined,
  samples: readonly Sample[],
): Told {
  const { answer, now } = observation;
  const ledgerID = (answer?.store === "ok" ? answer.ledger : null) ?? before?.ledgerID;
  const totals = totalsOf(observation, before);
  const leader = leaderOf(observation, before?.leader);
  const rate = currentAnswer(observation) ? rateOf(samples) : null;
  const lag = answer && observation.cluster.spec.replicas > 0 ? lagOf(answer.age, now - answer.at) : null;
  return {
    ...(ledgerID !== undefined && { ledgerID }),
    ...totals,
    ...(leader !== undefined && { leader }),
    ...(rate !== null && { ratePerSecond: rate }),
    // A number that jumps between 0 and 1 while all is well would be a write to the API every few seconds.
    ...(lag !== null && { lag: lag <= USUAL_LAG ? 0 : Math.floor(lag) }),
  };
}

export function samplesWith(samples: readonly Sample[], { answer }: Observation): readonly Sample[] {
  const last = samples.at(-1);
  if (answer === null || answer.total === null || (last && answer.at <= last.at)) return samples;
  // Another pod may know less than the last one did; and an adopted ledger may have less.
  const sample = { total: answer.total, at: answer.at };
  if (last && sample.total < last.total) return [sample];
  return [...samples.filter(({ at }) => at >= sample.at - RATE_WINDOW), sample];
}

/** Of one ledger a total never goes backwards: a pod that tells less has not heard yet. */
function totalsOf({ answer }: Observation, before: CounterClusterStatus | undefined): Totals {
  const known = {
    ...(before?.total && { total: before.total }),
    ...(before?.counters && { counters: before.counters }),
  };
  if (answer === null || answer.total === null) return known;
  const sameLedger = answer.ledger === before?.ledgerID;
  if (sameLedger && before?.total !== undefined && BigInt(before.total) > answer.total) return known;
  const counters = answer.largest.slice(0, LARGEST).map(({ name, total }) => ({ name, total: String(total) }));
  return { total: String(answer.total), ...(counters.length > 0 && { counters }) };
}

/** A leader whose pod is gone leads no more, whatever was heard last. */
function leaderOf(observation: Observation, before: string | undefined): string | undefined {
  const answer = currentAnswer(observation);
  const name = answer ? answer.nodes.find(({ id }) => id === answer.leader)?.name : before;
  const there = observation.pods.some(({ metadata, status }) => metadata.name === name && status?.phase === "Running");
  return there ? name : undefined;
}

/** Per second; null before there are two samples. */
function rateOf(samples: readonly Sample[]): number | null {
  const [first, last] = [samples.at(0), samples.at(-1)];
  if (!first || !last || last.at <= first.at) return null;
  const rate = (Number(last.total - first.total) * 1000) / (last.at - first.at);
  return rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate);
}
