import type { Pod } from "../../core/operator/children.ts";
import type { ClusterReport } from "../../core/operator/observation.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import { type CounterPages, CounterPagesError } from "../../ports/counter_pages.ts";

export interface LooksParts {
  readonly clock: Clock;
  readonly pages: CounterPages;
  /** The counter pods of a resource as things stand. */
  readonly pods: (key: string) => readonly Pod[];
  /** Milliseconds between the end of a look and the next. */
  readonly pause: number;
  /** A look at this resource's pods is over. */
  readonly looked: (key: string) => void;
}

/** Where counters serve their pages. */
const PORT = 4000;
/** Seconds: an older answer comes from a pod that may be cut off, so others are asked too. */
const STALE = 5;
/** One look asks at most so many pods: with all of a thousand out of reach it must end. */
const MOST_ASKED = 3;

interface Look {
  answer: ClusterReport | null;
  /** Pods asked so far: each look begins with others when the ones that it prefers do not answer. */
  turn: number;
  over: boolean;
  cancel: Cancel;
}

/** Looks at the counters of each resource again and again, by what one of their pods says. */
export class Looks {
  readonly #parts: LooksParts;
  readonly #looks = new Map<string, Look>();

  constructor(parts: LooksParts) {
    this.#parts = parts;
  }

  /** Begins to look at this resource's counters, if that has not begun. */
  begin(key: string): void {
    if (this.#looks.has(key)) return;
    const look: Look = { answer: null, turn: 0, over: false, cancel: () => {} };
    this.#looks.set(key, look);
    void this.#goOn(key, look);
  }

  end(key: string): void {
    this.#looks.get(key)?.cancel();
    this.#looks.delete(key);
  }

  endAll(): void {
    for (const key of [...this.#looks.keys()]) this.end(key);
  }

  /** Whether the first look is over: before it, no answer means nothing. */
  hasLooked(key: string): boolean {
    return this.#looks.get(key)?.over ?? false;
  }

  /** The newest answer of any pod since looking began. */
  answer(key: string): ClusterReport | null {
    return this.#looks.get(key)?.answer ?? null;
  }

  async #goOn(key: string, look: Look): Promise<void> {
    const answer = await this.#ask(key, look);
    if (this.#looks.get(key) !== look) return;
    look.answer = answer ?? look.answer;
    look.over = true;
    look.cancel = this.#parts.clock.after(this.#parts.pause, () => void this.#goOn(key, look));
    this.#parts.looked(key);
  }

  /** The most current of the answers, or null when none came. */
  async #ask(key: string, look: Look): Promise<ClusterReport | null> {
    let best: ClusterReport | null = null;
    for (const pod of this.#candidates(key, look)) {
      const answer = await this.#askPod(pod);
      if (answer && ageOf(answer) < ageOf(best)) best = answer;
      if (ageOf(best) <= STALE) break;
    }
    return best;
  }

  async #askPod(pod: Pod): Promise<ClusterReport | null> {
    try {
      const account = await this.#parts.pages.read(addressOf(pod));
      return { ...account, at: this.#parts.clock.wall(), pod: pod.metadata.name };
    } catch (error) {
      // It may be starting, leaving, or be cut off: other pods may know.
      if (error instanceof CounterPagesError) return null;
      throw error;
    }
  }

  /** The leader knows best, then whoever answered last; the others take turns. */
  #candidates(key: string, look: Look): readonly Pod[] {
    const pods = this.#parts
      .pods(key)
      .filter(({ status }) => status?.podIP !== undefined && status.phase === "Running");
    const { answer } = look;
    const leader = answer?.nodes.find(({ id }) => id === answer.leader)?.name;
    const preferred = [leader, answer?.pod].flatMap(
      (name) => pods.find(({ metadata }) => metadata.name === name) ?? [],
    );
    const others = pods.slice(look.turn % Math.max(1, pods.length)).concat(pods);
    look.turn += 1;
    return [...new Set([...preferred, ...others])].slice(0, MOST_ASKED);
  }
}

function ageOf(answer: ClusterReport | null): number {
  if (answer === null) return Number.POSITIVE_INFINITY;
  return answer.age ?? Number.MAX_VALUE;
}

function addressOf({ status }: Pod): string {
  const ip = status?.podIP ?? "";
  return `${ip.includes(":") ? `[${ip}]` : ip}:${PORT}`;
}
