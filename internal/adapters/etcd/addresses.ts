import { lookup } from "node:dns/promises";
import { isIP, isIPv6 } from "node:net";
import type { Clock } from "../../ports/clock.ts";

/** The IP addresses of a host name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** Milliseconds that a name's addresses are waited for where earlier ones are known. */
const LOOKUP_TIMEOUT_MS = 300;

/**
 * Where members are, by the names of their endpoints. Each time the resolver is asked anew, because a member that was moved has another
 * address; when it says nothing, or nothing in time, what it last said stands: a name must not be needed to leave in order.
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

  /** `ip:port` of everything that `endpoint` (`host:port`) may mean. Rejects when the resolver never knew, with its reason, or after `timeoutMs`. */
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

  /** One question at a time: those that hang would take up all the threads that the process has for it. */
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

/** As the machine is set up to resolve names. */
export const systemLookup: Lookup = async (host) => {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
};
