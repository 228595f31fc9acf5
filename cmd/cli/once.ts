import type { ValueJson } from "../../internal/adapters/http/totals_json.ts";
import type { Options } from "./commands.ts";
import { countOnce, newKey } from "./keyed_hit.ts";
import { printJson, printLines } from "./output.ts";
import { withProgress } from "./progress.ts";
import { ask, type ProblemJson, problemIn, ServerError } from "./server.ts";
import { numberText, plural } from "./text.ts";

/** `global-cluster get`. */
export async function show(counter: string, { json, ...endpoint }: Options): Promise<void> {
  const response = await withProgress("the server", ask(endpoint, `/v1/counters/${counter}`)).catch((error) => {
    throw json ? error : asCommand(error, counter);
  });
  print(response, json);
}

/** `global-cluster hit`. The request has a key, so it can be repeated until it is answered, and counts once. */
export async function count(counter: string, { json, by, wait, key: given, ...endpoint }: Options): Promise<void> {
  const path = `/v1/counters/${counter}/hits`;
  const headers = { "content-type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify({ by }) };
  const key = given ?? newKey();
  let again = `Send them again with the same key, within 15 minutes: global-cluster hit ${counter} --by ${by} --key ${key}`;
  let lost = false;
  const counted = async () => {
    const response = await countOnce(endpoint, path, options, key, () => {
      lost = true;
    });
    if (response !== null) return withKey(response, key);
    // A cluster with nodes of 0.1.0 takes no keys: to send the hits again could count them twice.
    again = `Compare the total before you send them again: global-cluster get ${counter}`;
    return ask(endpoint, path + (wait ? "?wait=committed" : ""), options);
  };
  const response = counted().catch((error) => {
    throw json ? withKeyedBody(error, key) : withOutcome(error, again, lost);
  });
  print(await withProgress("the commit", response), json);
}

/** The response with the key of its request, which counts nothing more if it is sent again. */
function withKey(response: string, key: string): string {
  return JSON.stringify({ ...(JSON.parse(response) as ValueJson), key });
}

/** A script that gets no answer needs the key to send the same hits again. */
function withKeyedBody(error: unknown, key: string): unknown {
  if (!(error instanceof ServerError)) return error;
  const { message, temporary, unsent, body } = error;
  const outcome: ProblemJson = { detail: message, counted: unsent ? false : "unknown" };
  const problem = { ...outcome, ...problemIn(body ?? "") };
  return new ServerError(message, { temporary, body: JSON.stringify({ ...problem, key }), problem }, error);
}

/** The server's remedy is an HTTP request. A person has this command instead. */
function asCommand(error: unknown, counter: string): unknown {
  if (!(error instanceof ServerError) || error.type !== "urn:global-cluster:problem:unknown-counter") return error;
  const message = `This node knows no counter "${counter}". The first hit creates it: global-cluster hit ${counter}`;
  return new ServerError(message, { temporary: false }, error);
}

/** Adds to a failure whether the hits may be counted. `lost`: whether an earlier attempt may have counted them. `again`: what to do then. */
function withOutcome(error: unknown, again: string, lost: boolean): unknown {
  if (!(error instanceof ServerError) || error.counted) return error;
  const { message, body, unsent } = error;
  if (body !== null && !lost) return error;
  const outcome =
    unsent && !lost
      ? "Nothing was counted. --server names the node or the cluster to use."
      : `The hits may have been counted. ${again}`;
  return new ServerError(`${message.replace(/\.$/, "")}. ${outcome}`, { temporary: true }, error);
}

function print(response: string, json: boolean): void {
  if (json) printJson(response);
  else printLines(sentence(JSON.parse(response) as ValueJson));
}

function sentence({ counter, value, pending }: ValueJson): string {
  const waiting = pending === 0 ? "" : ` (${plural(pending, "hit")} not committed yet)`;
  return `${counter}: ${value === null ? "not known yet" : numberText(value)}${waiting}`;
}
