import { Agent } from "node:http";
import { type CounterPages, CounterPagesError } from "../../ports/counter_pages.ts";
import { accountOf, committedTotal } from "./account.ts";
import { getJson } from "./json_over_http.ts";

/** A node answers in milliseconds. One that needs longer is as good as away, and there are others to ask. */
const TIMEOUT_MS = 1_500;
/** The counter that the page counts, and that a resource's status shows. */
const COUNTER = "visits";
/** Connections are used again for the next look, a second or two later. */
const IDLE_MS = 10_000;

/** Reads counters' pages over node:http; undici, which is behind `fetch`, takes 29 MB. */
export function createCounterPages(): CounterPages & { close(): void } {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 64 });
  const readTotal = async (address: string) => {
    const { status, body } = await getJson(address, `/v1/counters/${COUNTER}`, agent, TIMEOUT_MS);
    // Nobody has counted it yet.
    if (status === 404) return 0n;
    if (status === 200) return committedTotal(body);
    throw new CounterPagesError(`${address} answers with status ${status} for the counter ${COUNTER}.`);
  };
  return {
    async read(address) {
      const { status, body } = await getJson(address, "/v1/cluster", agent, TIMEOUT_MS);
      if (status !== 200) throw new CounterPagesError(`${address} answers with status ${status} for its cluster.`);
      return accountOf(body, await readTotal(address));
    },
    close: () => agent.destroy(),
  };
}
