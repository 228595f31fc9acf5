import type { RefusedObject } from "../../core/operator/observation.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesError } from "../../ports/kubernetes.ts";

/** Milliseconds before an object that was refused is tried again unchanged: quotas are raised and permissions granted later. */
const FIRST_RETRY = 2_000;
const LONGEST_RETRY = 60_000;

/** Milliseconds that the API server may fail at one object, while its store changes its leader say; a webhook that is down fails for longer. */
const FAILS_FOR = 30_000;

interface Refused {
  readonly refusal: RefusedObject;
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
  /** Since when the API server fails at an object, on the monotonic clock. */
  readonly #failing = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get all(): readonly RefusedObject[] {
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

  /** The API server failed at it, and may not the next time: only when that goes on, it is as good as refused. */
  noteFailure(object: string, tried: string, message: string): void {
    const now = this.#clock.monotonic();
    const since = this.#failing.get(object) ?? now;
    this.#failing.set(object, since);
    if (now - since >= FAILS_FOR) this.note(object, tried, message);
  }

  /** It was taken. */
  settle(object: string): void {
    this.#refused.delete(object);
    this.#failing.delete(object);
  }

  /** Nobody wants any others any more. */
  settleOthers(objects: ReadonlySet<string>): void {
    for (const object of [...this.#refused.keys(), ...this.#failing.keys()]) {
      if (!objects.has(object)) this.settle(object);
    }
  }
}

/** Whether the API server looked at what it was sent and said no. Otherwise it was away or busy, or failed, or somebody was quicker. */
export function isRefusal({ status, message }: KubernetesError): boolean {
  if (status === null || status >= 500 || [401, 409, 429].includes(status)) return false;
  // How the API server words it that the object was made anew meanwhile.
  return !(status === 422 && /metadata\.uid: .*immutable/.test(message));
}

/** Whether it tried and failed, which may be due to this one object: others are worth a try. */
export function isFailure({ status }: KubernetesError): boolean {
  return status !== null && status >= 500 && status !== 503 && status !== 504;
}
