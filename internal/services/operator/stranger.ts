import type { Pod } from "../../core/operator/children.ts";
import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Reachability } from "../../ports/reachability.ts";

/** Where counters talk to each other. */
const PEER_PORT = 4001;
const INTERVAL_MS = 60_000;
/** A policy takes effect some time after it was applied, and a pod's first seconds may be unprotected. */
const SETTLE_MS = 10_000;

/**
 * Tries whether network policies are enforced. The policies let only counters reach the peer port of a counter, so the operator must fail.
 * There is no other way to learn it: Kubernetes accepts policies also where nothing enforces them.
 */
export class Stranger {
  readonly #clock: Clock;
  readonly #reachability: Reachability;
  #reached: boolean | null = null;
  #next: number | null = null;
  #busy = false;

  constructor(clock: Clock, reachability: Reachability) {
    this.#clock = clock;
    this.#reachability = reachability;
  }

  /** What the newest attempt showed; null: there was none, or it showed nothing. Begins another one now and then. */
  reached({ spec }: CounterCluster, pods: readonly Pod[]): boolean | null {
    if (!spec.networkPolicy) return null;
    const now = this.#clock.monotonic();
    this.#next ??= now + SETTLE_MS;
    const [pod] = pods.filter(isReadyCounter);
    if (pod && now >= this.#next && !this.#busy) void this.#attempt(pod);
    return this.#reached;
  }

  async #attempt({ status }: Pod): Promise<void> {
    this.#busy = true;
    const ip = status?.podIP ?? "";
    const reached = await this.#reachability.accepts(`${ip.includes(":") ? `[${ip}]` : ip}:${PEER_PORT}`);
    this.#reached = reached ?? this.#reached;
    this.#next = this.#clock.monotonic() + INTERVAL_MS;
    this.#busy = false;
  }
}

/** Only a pod that listens can show anything. */
function isReadyCounter({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  const counter = metadata.labels?.["app.kubernetes.io/component"] === "counter";
  return ready && counter && status?.podIP !== undefined && metadata.deletionTimestamp === undefined;
}
