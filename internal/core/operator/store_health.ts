import type { StoreState } from "../cluster/cluster_view.ts";
import type { CounterCluster } from "./counter_cluster.ts";
import { currentAnswer } from "./current_answer.ts";
import type { Observation } from "./observation.ts";
import { fails, holds, unknown, type Verdict } from "./verdict.ts";

/** Whether the store takes commits, by the word of the counters: they are who commits. */
export function storeHealth(observation: Observation): Verdict {
  const { metadata, spec } = observation.cluster;
  const answer = currentAnswer(observation);
  if (answer) return SAYING[answer.store](inBrackets(answer.storeDetail), metadata);
  if (spec.replicas === 0) return unknown("NobodyCounts", "There are no counter pods that could tell.");
  return unknown("NobodyAnswers", "No counter pod has told anything about the store lately.");
}

type Saying = (detail: string, cluster: CounterCluster["metadata"]) => Verdict;

const SAYING: Readonly<Record<StoreState | "unknown", Saying>> = {
  ok: () => holds("Commits", "The store takes commits."),
  unknown: () => unknown("NotHeardYet", "The counter pods have not heard from a leader yet."),
  founding: (detail) => unknown("Founding", `There is no ledger yet, and the leader makes sure of it${detail}.`),
  away: (detail) => fails("StoreAway", `The store is away${detail}. ${GOES_ON}`),
  locked: (detail) => fails("StoreLocked", `The store is locked${detail}. ${GOES_ON}`),
  full: (detail) => fails("StoreFull", `The store is full${detail}. ${GOES_ON}`),
  // The leader's own words tell what is missing, and to adopt; here is how.
  lost: (detail, { namespace, name }) =>
    fails("StoreLost", `The store has lost its ledger${detail}. Adopt: ${adoptCommand(namespace, name)}`),
  corrupt: (detail) => fails("StoreCorrupt", `The ledger cannot be read or does not add up${detail}. ${GOES_ON}`),
};

function adoptCommand(namespace: string, name: string): string {
  return `kubectl exec -it -n ${namespace} deploy/${name} -- node cmd/adopt.ts`;
}

const GOES_ON = "Counting goes on, and what is not committed is kept.";

function inBrackets(detail: string): string {
  return detail === "" ? "" : ` (${detail.replace(/\.$/, "")})`;
}
