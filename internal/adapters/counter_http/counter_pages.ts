import { Agent } from "node:http";
import { type CounterPages, CounterPagesError } from "../../ports/counter_pages.ts";
import { accountOf, committedTotal } from "./account.ts";
import { getJson } from "./json_over_http.ts";

/** A node responds in milliseconds. If one takes longer, the operator asks another. */
const TIMEOUT_MS = 1_500;
/** The counter of the page `/`, which the status of a resource shows. */
const COUNTER = "visits";
/** Connections are reused by the next poll, one or two seconds later. */
const IDLE_MS = 10_000;

/** Reads from counters over node:http, because undici, which is behind `fetch`, takes 29 MB. */
export function createCounterPages(): CounterPages & { close(): void } {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 64 });
  const readTotal = async (address: string) => {
    const { status, body } = await getJson(address, `/v1/counters/${COUNTER}`, agent, TIMEOUT_MS);
    // It was never counted.
    if (status === 404) return 0n;
    if (status === 200) return committedTotal(body);
    throw new CounterPagesError(`${address} returned status ${status} for the counter ${COUNTER}.`);
  };
  return {
    async read(address) {
      const { status, body } = await getJson(address, "/v1/cluster", agent, TIMEOUT_MS);
      if (status !== 200) throw new CounterPagesError(`${address} returned status ${status} for its cluster.`);
      return accountOf(body, await readTotal(address));
    },
    close: () => agent.destroy(),
  };
}
