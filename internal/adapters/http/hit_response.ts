import type { CounterValue, Counting } from "../../ports/counting.ts";
import { CountedResponse, counterBetween, type ResponseTo, type Show } from "./counted_response.ts";
import type { Origins } from "./origins.ts";
import { ReusedHead } from "./reused_head.ts";
import { totalText } from "./totals_json.ts";

const HEADERS: readonly string[] = [
  ...["Content-Type", "application/json"],
  ...["Cache-Control", "no-store"],
  ...["X-Content-Type-Options", "nosniff"],
];

/** Responses to `POST /v1/counters/{name}/hits` without a body. */
export function hitResponses(deps: { counting: Counting; origins: Origins }): ResponseTo {
  const head = new ReusedHead([...HEADERS, ...deps.origins.always]);
  return (url) => {
    const counter = counterBetween("/v1/counters/", "/hits", url);
    return counter === undefined ? undefined : new CountedResponse(deps, counter, showJson(counter, head));
  };
}

function showJson(counter: string, head: ReusedHead): Show {
  const text = jsonTextOf(counter);
  return (res, value) => head.end(res, text(value));
}

/** Writes a value as `valueJson` does, but keeps the part that changes only once a round as text. */
function jsonTextOf(counter: string): (value: CounterValue) => string {
  const start = `{"counter":${JSON.stringify(counter)},"value":`;
  let middleOf: bigint | null = null;
  let middle = committedText(null);
  return ({ value, committed, pending }) => {
    if (committed !== middleOf) {
      middleOf = committed;
      middle = committedText(committed);
    }
    return `${start}${totalText(value)}${middle}${pending}}`;
  };
}

function committedText(committed: bigint | null): string {
  return `,"committed":${totalText(committed)},"pending":`;
}
