import type { Refusal } from "../../core/operator/observation.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesError } from "../../ports/kubernetes.ts";

/** Milliseconds before an object that was refused is tried again unchanged: quotas are raised and permissions granted later. */
const FIRST_RETRY = 2_000;
const LONGEST_RETRY = 60_000;

interface Refused {
  readonly refusal: Refusal;
  /** The object as it was tried. */
  readonly tried: string;
  readonly delay: number;
  /** Monotonic. */
  readonly retryAt: number;
}

/** What the API server does not take from one resource. It is not asked the same thing all the time. */
export class Refusals {
  readonly #clock: Clock;
  readonly #refused = new Map<string, Refused>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get all(): readonly Refusal[] {
    return [...this.#refused.values()].map(({ refusal }) => refusal);
  }

  /** Whether it is too early to try the same again. `object` is, for example, `Deployment visits`. */
  stands(object: string, tried: string): boolean {
    const refused = this.#refused.get(object);
    return refused !== undefined && refused.tried === tried && this.#clock.monotonic() < refused.retryAt;
  }

  note(object: string, tried: string, message: string): void {
    const before = this.#refused.get(object);
    const delay = before?.tried === tried ? Math.min(LONGEST_RETRY, before.delay * 2) : FIRST_RETRY;
    const retryAt = this.#clock.monotonic() + delay;
    this.#refused.set(object, { refusal: { object, message }, tried, delay, retryAt });
  }

  /** It was taken, or nobody wants it any more. */
  settle(object: string): void {
    this.#refused.delete(object);
  }
}

/** Whether the API server looked at what it was sent and said no. Otherwise it was away or busy, or its store was, or somebody was quicker. */
export function isRefusal({ status, message }: KubernetesError): boolean {
  if (status === null || [401, 409, 429, 503, 504].includes(status)) return false;
  // How the API server words it that the object was made anew meanwhile.
  return !(status === 422 && /metadata\.uid: .*immutable/.test(message));
}
