import type { CounterValue, Counting } from "../../ports/counting.ts";
import { CountedResponse, counterBetween, type ResponseTo, type Show } from "./counted_response.ts";
import type { Origins } from "./origins.ts";
import { totalText } from "./totals_json.ts";

/** Responses to `POST /v1/counters/{name}/hits` without a body. */
export function hitResponses(deps: { counting: Counting; origins: Origins }): ResponseTo {
  return (url) => {
    const counter = counterBetween("/v1/counters/", "/hits", url);
    return counter === undefined ? undefined : new CountedResponse(deps, counter, showJson(counter, deps.origins));
  };
}

function showJson(counter: string, origins: Origins): Show {
  const headers = [
    "Content-Type",
    "application/json",
    "Cache-Control",
    "no-store",
    "X-Content-Type-Options",
    "nosniff",
  ];
  headers.push(...origins.always);
  const lengthAt = headers.push("Content-Length", "") - 1;
  const text = jsonTextOf(counter);
  return (res, value) => {
    const body = text(value);
    // writeHead copies the array into text before it returns, so one array can serve all responses.
    headers[lengthAt] = String(body.length);
    res.writeHead(200, headers).end(body, "latin1");
  };
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
