import type { StoreState } from "../cluster_view.ts";
import { currentAnswer } from "./current_answer.ts";
import type { Observation } from "./observation.ts";
import { fails, holds, unknown, type Verdict } from "./verdict.ts";

/** Whether the store takes commits, by the word of the counters: they are who commits. */
export function storeHealth(observation: Observation): Verdict {
  const { cluster } = observation;
  const answer = currentAnswer(observation);
  if (answer) return SAYING[answer.store](answer.storeDetail);
  if (cluster.spec.replicas === 0) return unknown("NobodyCounts", "There are no counter pods that could tell.");
  return unknown("NobodyAnswers", "No counter pod has told anything about the store lately.");
}

const SAYING: Readonly<Record<StoreState | "unknown", (detail: string) => Verdict>> = {
  ok: () => holds("Commits", "The store takes commits."),
  unknown: () => unknown("NotHeardYet", "The counter pods have not heard from a leader yet."),
  founding: (detail) =>
    unknown("Founding", sentence("There is no ledger yet, and the leader makes sure of it", detail)),
  away: (detail) =>
    fails("StoreAway", sentence("The store does not answer; counting goes on, and what was counted is kept", detail)),
  locked: (detail) =>
    fails("StoreLocked", sentence("Another process keeps the store locked; counting goes on", detail)),
  full: (detail) => fails("StoreFull", sentence("The store is full and takes no commits; counting goes on", detail)),
  lost: (detail) => fails("StoreLost", sentence(LOST, detail)),
  corrupt: (detail) =>
    fails(
      "StoreCorrupt",
      sentence(
        "The ledger in the store cannot be read or does not add up, so nothing is written; counting goes on",
        detail,
      ),
    ),
};

const LOST =
  "The store has lost what it had: its ledger is missing, or older than what the pods have seen. Counting goes on. Bring the right data back, " +
  "or go on from what is there: kubectl exec -it POD -- node cmd/adopt.ts";

function sentence(what: string, detail: string): string {
  return `${what}${detail === "" ? "" : ` (${detail.replace(/\.$/, "")})`}.`;
}
