import type { TotalsJson } from "../../internal/adapters/http/totals_json.ts";
import { ask, type Endpoint, ServerError, SILENCE_TIMEOUT_MS } from "./server.ts";

export interface CounterRow extends TotalsJson {
  /** Committed hits per second since the round that was read before this one. Null: there was none. */
  readonly rate: number | null;
}

const PAGE = 1000;

/** The counters of a server, largest first, as of the last round that was read. */
export class CounterTable {
  readonly #endpoint: Endpoint;
  readonly #only: string;
  #version: number | null = null;
  #readAt = 0;
  rows: readonly CounterRow[] = [];

  /** `only`: the one counter to show. Empty: all. */
  constructor(endpoint: Endpoint, only: string) {
    this.#endpoint = endpoint;
    this.#only = only;
  }

  /** Reads the counters again if there was another round. Keeps the old ones if the server does not respond. */
  async follow(version: number | null): Promise<void> {
    if (version === null || version === this.#version) return;
    try {
      const now = performance.now();
      const found = await this.#read();
      const before = new Map(this.rows.map((row) => [row.counter, BigInt(row.committed ?? 0)]));
      const seconds = (now - this.#readAt) / 1000;
      const rate = ({ counter, committed }: TotalsJson) =>
        this.#version === null ? null : Number(BigInt(committed ?? 0) - (before.get(counter) ?? 0n)) / seconds;
      this.rows = found.map((row) => ({ ...row, rate: rate(row) })).sort(byTotal);
      this.#version = version;
      this.#readAt = now;
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
    }
  }

  async #read(): Promise<TotalsJson[]> {
    const found: TotalsJson[] = [];
    let after: string | null = "";
    while (after !== null) {
      const signal = AbortSignal.timeout(SILENCE_TIMEOUT_MS);
      const text = await ask(this.#endpoint, `/v1/counters?limit=${PAGE}&after=${after}`, { signal });
      const page = JSON.parse(text) as CountersPage;
      found.push(...page.counters);
      after = page.next;
    }
    return this.#only === "" ? found : found.filter(({ counter }) => counter === this.#only);
  }
}

interface CountersPage {
  readonly counters: readonly TotalsJson[];
  readonly next: string | null;
}

function byTotal(a: CounterRow, b: CounterRow): number {
  const more = BigInt(b.committed ?? 0) - BigInt(a.committed ?? 0);
  if (more !== 0n) return more > 0n ? 1 : -1;
  return a.counter < b.counter ? -1 : 1;
}
