import type { KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { SimCluster } from "./cluster.ts";

/** A hit that a client may send again and again, with one key. */
interface KeyedRequest {
  readonly key: KeyId;
  readonly counter: string;
  readonly by: number;
}

/** Requests that clients may still send again. */
const MAX_KNOWN = 12;
/** How far clients' clocks are from the true time, in milliseconds. */
const CLOCK_ERRORS = [0, 0, 0, -3_000, -30_000, 2_000, 90_000];

/** Clients that send hits with keys to any node, and the same ones again at any time, whatever they were answered, to any node. */
export class KeyedClients {
  readonly #cluster: SimCluster;
  readonly #counters: readonly string[];
  readonly #known: KeyedRequest[] = [];

  constructor(cluster: SimCluster, counters: readonly string[]) {
    this.#cluster = cluster;
    this.#counters = counters;
  }

  /** A new hit, or one that was sent before; sometimes to two nodes at once, and sometimes with another amount. */
  send(): void {
    const { random } = this.#cluster.world;
    const request = this.#known.length > 0 && random.chance(0.6) ? random.pick(this.#known) : this.#newRequest();
    const reused = random.chance(0.05) ? { by: request.by + 1 } : {};
    for (let copies = random.chance(0.2) ? 2 : 1; copies > 0; copies--) this.#sendTo({ ...request, ...reused });
  }

  #sendTo({ key, ...content }: KeyedRequest): void {
    const up = this.#cluster.up();
    if (up.length > 0) this.#cluster.keyedHit(this.#cluster.world.random.pick(up), key, content);
  }

  #newRequest(): KeyedRequest {
    const { random } = this.#cluster.world;
    const by = random.chance(0.8) ? 1 : random.between(1, 100);
    const request = { key: this.#cluster.key(random.pick(CLOCK_ERRORS)), counter: random.pick(this.#counters), by };
    if (this.#known.push(request) > MAX_KNOWN) this.#known.shift();
    return request;
  }
}
