import { visitsOf } from "../../../core/visits/site_counters.ts";
import type { Counting } from "../../../ports/counting.ts";
import { oneOf, wrong } from "./words.ts";

/** Which number an image shows, and whether it counts. */
export interface ShownNumber {
  readonly counts: boolean;
  /** Whether it shows the visits of a site, and counts nothing. */
  readonly ofVisits: boolean;
}

/** The parameters that all images with a number have. */
export const NUMBER_PARAMETERS = ["count", "of"] as const;

/** Reads these parameters. Throws Problem. */
export function readShown(given: { count?: string; of?: string }): ShownNumber {
  const ofVisits = oneOf("of", given.of, "views", "visits") === "visits";
  return { ofVisits, counts: counts(given.count) && !ofVisits };
}

function counts(text: string | undefined): boolean {
  if (text !== undefined && text !== "false") {
    throw wrong("count", `is ${JSON.stringify(text)}`, "count=false to only show, or leave it out");
  }
  return text === undefined;
}

/** The number that an image shows that counts nothing; null: not known yet. */
export function shownValue(counting: Counting, counter: string, { ofVisits }: ShownNumber): bigint | null {
  return totalOf(counting, ofVisits ? visitsOf(counter) : counter);
}

/** A counter that was never counted is 0, as soon as the node has heard a snapshot. */
export function totalOf(counting: Counting, counter: string): bigint | null {
  const reading = counting.read(counter);
  if (reading !== undefined) return reading.value;
  return counting.cluster().ledger === null ? null : 0n;
}
