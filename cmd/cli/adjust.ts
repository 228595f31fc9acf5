import type { TotalJson } from "../../internal/adapters/http/totals_json.ts";
import { countOnce, newKey } from "./keyed_hit.ts";
import { printJson, printLines } from "./output.ts";
import type { OwningOptions } from "./owning_commands.ts";
import { withProgress } from "./progress.ts";
import { ServerError } from "./server.ts";
import { numberText, plural } from "./text.ts";

/** The response to a change of a counter. */
interface AdjustedJson {
  readonly counter: string;
  readonly value: TotalJson;
  readonly before: TotalJson;
  readonly after: TotalJson;
  readonly pending: number;
  readonly generation: number;
  readonly duplicate: boolean;
}

/** `global-cluster set` and `reset`. */
export function set(counter: string, value: bigint, options: OwningOptions): Promise<void> {
  const { reason, region } = options;
  // Above 2^53, digits in a string: most JSON parsers would round a number.
  const number = value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
  return change("PUT", counter, { value: number, reason, ...(region !== null && { region }) }, options);
}

/** `global-cluster delete`. */
export function remove(counter: string, options: OwningOptions): Promise<void> {
  return change("DELETE", counter, { reason: options.reason }, options);
}

async function change(method: string, counter: string, body: object, options: OwningOptions): Promise<void> {
  const response = await adjust(method, `/v1/counters/${counter}`, body, options);
  if (options.json) printJson(response);
  else printLines(sentence(method, JSON.parse(response) as AdjustedJson));
}

/** Sends one adjustment with a key, again while nobody says what became of it: it is done once. Resolves to the response's text. Throws ServerError. */
export async function adjust(method: string, path: string, body: object, options: OwningOptions): Promise<string> {
  const { generation, json, key: given, ...endpoint } = options;
  const key = given ?? newKey();
  const headers = {
    "content-type": "application/json",
    ...(generation !== null && { "if-match": `"${generation}"` }),
  };
  const request = { method, headers, body: JSON.stringify(body) };
  const sent = countOnce(endpoint, path, request, key, () => {});
  const response = await withProgress("the commit", sent).catch((error: unknown) => {
    throw json ? error : withKey(error, key);
  });
  if (response === null)
    throw new ServerError("Nodes of an earlier release are in this cluster. Nothing was changed. Upgrade them first.", {
      temporary: false,
    });
  return response;
}

/** Says how to find out, or to do it, if nobody says whether it was done. */
function withKey(error: unknown, key: string): unknown {
  if (!(error instanceof ServerError) || !error.isUnknown || error.unsent) return error;
  const message = `${error.message.replace(/\.$/, "")}. It may have been done: run the same command again with --key ${key}`;
  return new ServerError(message, { temporary: true }, error);
}

function sentence(method: string, { counter, before, after, pending, generation, duplicate }: AdjustedJson): string {
  const what = method === "DELETE" ? "deleted" : `set to ${text(after)}`;
  const done = `${counter}: ${what}; it had ${text(before)}. Generation ${generation}.`;
  const waiting = pending === 0 ? "" : ` ${plural(pending, "hit")} not committed yet will be added.`;
  return `${done}${waiting}${duplicate ? " It was done before, with the same key." : ""}`;
}

function text(total: TotalJson): string {
  return total === null ? "an unknown total" : numberText(total);
}
