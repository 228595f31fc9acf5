import type { ValueJson } from "../../internal/adapters/http/totals_json.ts";
import type { Options } from "./commands.ts";
import { ask, ServerTrouble } from "./server.ts";
import { numberText, plural } from "./text.ts";

/** After this many milliseconds a person wonders. */
const LONG_WAIT = 2_000;

/** `global-cluster get`. */
export async function show(counter: string, { server, json }: Options): Promise<void> {
  const answer = await ask(server, `/v1/counters/${counter}`).catch((error) => {
    throw json ? error : inCommands(error, counter);
  });
  tell(answer, json);
}

/** `global-cluster hit`. It asks once: a hit that is sent again after a lost answer may be counted twice. */
export async function count(counter: string, { server, json, by, wait }: Options): Promise<void> {
  const waiting = wait ? setTimeout(() => process.stderr.write("waiting for the commit...\n"), LONG_WAIT) : undefined;
  const path = `/v1/counters/${counter}/hits${wait ? "?wait=committed" : ""}`;
  const headers = { "content-type": "application/json" };
  try {
    tell(await ask(server, path, { method: "POST", headers, body: JSON.stringify({ by }) }), json);
  } finally {
    clearTimeout(waiting);
  }
}

/** The server's remedy is one for programs; a person has this command. */
function inCommands(error: unknown, counter: string): unknown {
  if (!(error instanceof ServerTrouble) || error.type !== "urn:global-cluster:problem:unknown-counter") return error;
  const words = `Nobody has counted "${counter}" yet, as far as this node knows. Its first hit makes it: global-cluster hit ${counter}`;
  return new ServerTrouble(words, { passing: false }, error);
}

function tell(answer: string, json: boolean): void {
  process.stdout.write(`${json ? answer : sentence(JSON.parse(answer) as ValueJson)}\n`);
}

function sentence({ counter, value, pending }: ValueJson): string {
  const waiting = pending === 0 ? "" : ` (${plural(pending, "hit")} not committed yet)`;
  return `${counter}: ${value === null ? "not known yet" : numberText(value)}${waiting}`;
}
