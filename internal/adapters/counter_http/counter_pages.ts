import { Agent } from "node:http";
import { type CounterPages, CounterPagesError, type NodeAccount } from "../../ports/counter_pages.ts";
import { accountOf, committedTotal, tellsTotals } from "./account.ts";
import { getJson } from "./json_over_http.ts";

/** A node responds in milliseconds. If one takes longer, the operator asks another. */
const TIMEOUT_MS = 1_500;
/** The only counter whose total is read from a pod that does not report the sum of all. */
const COUNTER = "visits";
/** Connections are reused by the next poll, one or two seconds later. */
const IDLE_MS = 10_000;

/** Reads from counters over node:http, because undici, which is behind `fetch`, takes 29 MB. */
export function createCounterPages(): CounterPages & { close(): void } {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 64 });
  return {
    async read(address) {
      const { status, body } = await getJson(address, "/v1/cluster", agent, TIMEOUT_MS);
      if (status !== 200) throw new CounterPagesError(`${address} returned status ${status} for its cluster.`);
      return tellsTotals(body) ? accountOf(body) : olderAccount(body, address, agent);
    },
    close: () => agent.destroy(),
  };
}

/** A newer operator restarts no pods, so their image may be older than the sum over all counters. */
async function olderAccount(cluster: unknown, address: string, agent: Agent): Promise<NodeAccount> {
  const account = accountOf({ ...(cluster as object), total: null, largest: [] });
  // Without a ledger, a counter that nobody knows is not one that stands at zero.
  const total = account.ledger === null ? null : await readTotal(address, agent);
  return { ...account, total, largest: total ? [{ name: COUNTER, total }] : [] };
}

async function readTotal(address: string, agent: Agent): Promise<bigint | null> {
  const { status, body } = await getJson(address, `/v1/counters/${COUNTER}`, agent, TIMEOUT_MS);
  // Nobody has counted it yet.
  if (status === 404) return 0n;
  if (status === 200) return committedTotal(body);
  throw new CounterPagesError(`${address} returned status ${status} for the counter ${COUNTER}.`);
}
