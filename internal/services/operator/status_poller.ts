import type { Pod } from "../../core/operator/children.ts";
import { ADMIN_PORT, HTTP_PORT } from "../../core/operator/desired/ports.ts";
import type { ClusterReport } from "../../core/operator/observation.ts";
import { isOlder } from "../../core/operator/pod_interface.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import { type CounterPages, CounterPagesError } from "../../ports/counter_pages.ts";

export interface StatusPollerDeps {
  readonly clock: Clock;
  readonly pages: CounterPages;
  /** The current counter pods of a resource. */
  readonly pods: (key: string) => readonly Pod[];
  /** Milliseconds between the end of a poll and the next. */
  readonly intervalMs: number;
  /** A poll of this resource's pods has ended. */
  readonly polled: (key: string) => void;
}

/** Seconds. An older report comes from a pod that may be cut off, so others are asked too. */
const STALE_S = 5;
/** Pods asked per poll. A poll must end even if a thousand pods are unreachable. */
const PODS_PER_POLL = 3;

interface Polling {
  report: ClusterReport | null;
  /** Polls so far. Each begins with other pods if the preferred ones do not answer. */
  polls: number;
  polled: boolean;
  cancel: Cancel;
}

/** Asks the counters of each resource for their cluster's status, again and again. One pod answers for all. */
export class StatusPoller {
  readonly #deps: StatusPollerDeps;
  readonly #resources = new Map<string, Polling>();

  constructor(deps: StatusPollerDeps) {
    this.#deps = deps;
  }

  /** Starts to poll this resource's counters, unless it does so already. */
  start(key: string): void {
    if (this.#resources.has(key)) return;
    const polling: Polling = { report: null, polls: 0, polled: false, cancel: () => {} };
    this.#resources.set(key, polling);
    void this.#poll(key, polling);
  }

  stop(key: string): void {
    this.#resources.get(key)?.cancel();
    this.#resources.delete(key);
  }

  stopAll(): void {
    for (const key of [...this.#resources.keys()]) this.stop(key);
  }

  /** Whether the first poll has ended. Before that, a missing report means nothing. */
  hasPolled(key: string): boolean {
    return this.#resources.get(key)?.polled ?? false;
  }

  /** The newest report of any pod since polling started. */
  report(key: string): ClusterReport | null {
    return this.#resources.get(key)?.report ?? null;
  }

  async #poll(key: string, polling: Polling): Promise<void> {
    const report = await this.#ask(key, polling);
    if (this.#resources.get(key) !== polling) return;
    polling.report = report ?? polling.report;
    polling.polled = true;
    polling.cancel = this.#deps.clock.after(this.#deps.intervalMs, () => void this.#poll(key, polling));
    this.#deps.polled(key);
  }

  /** The most current report, or null if no pod answered. */
  async #ask(key: string, polling: Polling): Promise<ClusterReport | null> {
    let best: ClusterReport | null = null;
    for (const pod of this.#candidates(key, polling)) {
      const report = await this.#askPod(pod);
      if (report && ageOf(report) < ageOf(best)) best = report;
      if (ageOf(best) <= STALE_S) break;
    }
    return best;
  }

  async #askPod(pod: Pod): Promise<ClusterReport | null> {
    try {
      const account = await this.#deps.pages.read(addressOf(pod));
      return { ...account, at: this.#deps.clock.wall(), pod: pod.metadata.name };
    } catch (error) {
      // This pod may be starting, leaving or cut off. Others may know.
      if (error instanceof CounterPagesError) return null;
      throw error;
    }
  }

  /** The leader first, because it knows most, then the pod that answered last. The others take turns. */
  #candidates(key: string, polling: Polling): readonly Pod[] {
    const pods = this.#deps.pods(key).filter(({ status }) => status?.podIP !== undefined && status.phase === "Running");
    const { report } = polling;
    const leader = report?.nodes.find(({ id }) => id === report.leader)?.name;
    const preferred = [leader, report?.pod].flatMap(
      (name) => pods.find(({ metadata }) => metadata.name === name) ?? [],
    );
    const others = pods.slice(polling.polls % Math.max(1, pods.length)).concat(pods);
    polling.polls += 1;
    return [...new Set([...preferred, ...others])].slice(0, PODS_PER_POLL);
  }
}

function ageOf(report: ClusterReport | null): number {
  if (report === null) return Number.POSITIVE_INFINITY;
  return report.age ?? Number.MAX_VALUE;
}

/** Pods of earlier operators report where their pages are. */
function addressOf(pod: Pod): string {
  const ip = pod.status?.podIP ?? "";
  return `${ip.includes(":") ? `[${ip}]` : ip}:${isOlder(pod) ? HTTP_PORT : ADMIN_PORT}`;
}
