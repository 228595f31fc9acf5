import { lookup } from "node:dns/promises";
import { isIP, isIPv6 } from "node:net";
import type { Clock } from "../../ports/clock.ts";

/** The IP addresses of a host name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** How long a lookup may take if earlier addresses of the name are known. */
const LOOKUP_TIMEOUT_MS = 300;

/**
 * Addresses of the members, by the names of their endpoints. It asks the resolver each time, because a member that was moved has another
 * address. If the resolver fails or is late, its last answer stands: a node must be able to drain without DNS.
 */
export class Addresses {
  readonly #lookup: Lookup;
  readonly #clock: Clock;
  readonly #known = new Map<string, readonly string[]>();
  readonly #asked = new Map<string, Promise<readonly string[]>>();

  constructor(lookup: Lookup, clock: Clock) {
    this.#lookup = lookup;
    this.#clock = clock;
  }

  /** `ip:port` of each address of `endpoint` (`host:port`). Rejects with the resolver's error, or after `timeoutMs`, if no address was ever known. */
  async of(endpoint: string, timeoutMs: number): Promise<readonly string[]> {
    const { host, port } = hostAndPort(endpoint);
    const addresses = isIP(host) ? [host] : await this.#resolved(host, timeoutMs);
    return addresses.map((address) => `${isIPv6(address) ? `[${address}]` : address}:${port}`);
  }

  #resolved(host: string, timeoutMs: number): Promise<readonly string[]> {
    const known = this.#known.get(host);
    const ms = known ? Math.min(LOOKUP_TIMEOUT_MS, timeoutMs) : timeoutMs;
    return new Promise((resolve, reject) => {
      const otherwise = (error: Error) => (known ? resolve(known) : reject(error));
      const cancel = this.#clock.after(ms, () => otherwise(new Error(`no address within ${ms} ms`)));
      this.#ask(host).then(resolve, otherwise).finally(cancel);
    });
  }

  /** One lookup per name at a time: hanging ones would take all threads of the process's pool. */
  #ask(host: string): Promise<readonly string[]> {
    const asked = this.#asked.get(host);
    if (asked) return asked;
    const answer = this.#lookup(host)
      .then((addresses) => {
        this.#known.set(host, addresses);
        return addresses;
      })
      .finally(() => this.#asked.delete(host));
    this.#asked.set(host, answer);
    return answer;
  }
}

export function hostAndPort(endpoint: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(`tcp://${endpoint}`);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** The machine's own resolver. */
export const systemLookup: Lookup = async (host) => {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
};
