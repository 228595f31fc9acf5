import type { Server } from "node:http";
import type { Socket } from "node:net";
import { type Rate, RateLimiter, type Rates } from "../../../core/access/rates.ts";
import type { AccessMeter } from "../../../ports/access.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Logger } from "../../../ports/logger.ts";

export interface ConnectionBounds {
  /** Connections of one address. An address has at most half as many event streams. */
  readonly maxPerAddress: number;
  /** New connections. */
  readonly rates: Rates;
  /** New connections of addresses that have none, together. Those that have one keep the rest of `rates.inAll`. */
  readonly firstRate: Rate;
}

/**
 * A new connection with one request costs up to 0.3 ms, and one that is closed at once 0.02 ms. So all together take about a third of a core, and a burst of one
 * address keeps others waiting for 90 ms. It has room for visitors behind one proxy who come again together, because another node has left.
 */
export const USUAL_CONNECTION_BOUNDS: ConnectionBounds = {
  maxPerAddress: 2_048,
  rates: { perAddress: { burst: 300, intervalMs: 2 }, inAll: { burst: 600, intervalMs: 1 } },
  firstRate: { burst: 300, intervalMs: 2 },
};

export interface AddressConnectionsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Pick<AccessMeter, "refused">;
  /** What a sender's connections are counted under; null: a trusted proxy, which has those of many. */
  readonly keyOf: (socket: Socket) => string | null;
}

/** Shortest time between two log lines about refused connections. */
const REMINDER_MS = 60_000;

/**
 * Closes connections of addresses that have too many, or open too many a second, before a request is read on them: each costs memory, and a refusal of a
 * request costs more time than it saves.
 */
export function limitAddresses(server: Server, bounds: ConnectionBounds, deps: AddressConnectionsDeps): void {
  const addresses = new AddressConnections(bounds, deps);
  const serve = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    if (!addresses.admit(socket)) socket.destroy();
    else for (const listener of serve) listener.call(server, socket);
  });
}

class AddressConnections {
  readonly #maxPerAddress: number;
  readonly #deps: AddressConnectionsDeps;
  readonly #open = new Map<string, number>();
  readonly #rates: RateLimiter;
  readonly #firstRate: RateLimiter;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor({ maxPerAddress, rates, firstRate }: ConnectionBounds, deps: AddressConnectionsDeps) {
    this.#maxPerAddress = maxPerAddress;
    this.#deps = deps;
    this.#rates = new RateLimiter(rates);
    this.#firstRate = new RateLimiter({ perAddress: firstRate, inAll: firstRate });
  }

  admit(socket: Socket): boolean {
    const key = this.#deps.keyOf(socket);
    if (key === null) return true;
    const open = this.#open.get(key) ?? 0;
    if (open >= this.#maxPerAddress || this.#isTooOften(key, open)) {
      this.#refused(key, open);
      return false;
    }
    this.#open.set(key, open + 1);
    socket.once("close", () => this.#closed(key));
    return true;
  }

  /** Strangers, from however many addresses, must not take the place of a visitor who is there already. */
  #isTooOften(key: string, open: number): boolean {
    const now = this.#deps.clock.monotonic();
    return (open === 0 && this.#firstRate.take("", now) > 0) || this.#rates.take(key, now) > 0;
  }

  #closed(key: string): void {
    const left = (this.#open.get(key) ?? 1) - 1;
    if (left === 0) this.#open.delete(key);
    else this.#open.set(key, left);
  }

  #refused(address: string, open: number): void {
    const { clock, logger, meter } = this.#deps;
    meter.refused("connection");
    const now = clock.monotonic();
    if (now - this.#loggedAt < REMINDER_MS) return;
    this.#loggedAt = now;
    logger.warn("connections closed: too many, or too many a second; if they are a proxy's, set --trusted-proxies", {
      address,
      open,
    });
  }
}
