import type { RefusedObject } from "../../core/operator/observation.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesError } from "../../ports/kubernetes.ts";

/** Milliseconds before a refused object is tried again unchanged. Somebody may raise a quota or grant a permission meanwhile. */
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;

/** Milliseconds for which the API server may fail at one object, for example while its store changes its leader. A webhook that is down fails for longer. */
const FAILURE_TOLERANCE_MS = 30_000;

interface Refused {
  readonly refused: RefusedObject;
  /** The object that was tried. */
  readonly tried: string;
  readonly delayMs: number;
  /** On the monotonic clock. */
  readonly retryAt: number;
}

/** The objects of one resource that the API server refuses. Each is retried, but less and less often. */
export class RefusedObjects {
  readonly #clock: Clock;
  readonly #refused = new Map<string, Refused>();
  /** When the API server began to fail at an object, on the monotonic clock. */
  readonly #failing = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get all(): readonly RefusedObject[] {
    return [...this.#refused.values()].map(({ refused }) => refused);
  }

  has(object: string): boolean {
    return this.#refused.has(object);
  }

  /** Whether it is too early to try the same again. `object` is, for example, `Deployment visits`. */
  mustWait(object: string, tried: string): boolean {
    const refused = this.#refused.get(object);
    return refused !== undefined && refused.tried === tried && this.#clock.monotonic() < refused.retryAt;
  }

  recordRefusal(object: string, tried: string, message: string): void {
    const before = this.#refused.get(object);
    const delayMs = before?.tried === tried ? Math.min(LONGEST_RETRY_MS, before.delayMs * 2) : FIRST_RETRY_MS;
    const retryAt = this.#clock.monotonic() + delayMs;
    this.#refused.set(object, { refused: { object, message }, tried, delayMs, retryAt });
  }

  /** The API server failed, and may succeed the next time. The object counts as refused only if that lasts. */
  recordFailure(object: string, tried: string, message: string): void {
    const now = this.#clock.monotonic();
    const since = this.#failing.get(object) ?? now;
    this.#failing.set(object, since);
    if (now - since >= FAILURE_TOLERANCE_MS) this.recordRefusal(object, tried, message);
  }

  /** The API server has accepted the object. */
  settle(object: string): void {
    this.#refused.delete(object);
    this.#failing.delete(object);
  }

  /** Forgets all objects but these: nobody wants the others anymore. */
  settleOthers(objects: ReadonlySet<string>): void {
    for (const object of [...this.#refused.keys(), ...this.#failing.keys()]) {
      if (!objects.has(object)) this.settle(object);
    }
  }
}

/** Whether the API server read the request and said no. Otherwise it was unreachable, busy or failing, or another writer was first. */
export function isRefusal(error: KubernetesError): boolean {
  const { status } = error;
  return status !== null && status < 500 && ![401, 429].includes(status) && !isConflict(error);
}

/** Whether another writer was first. */
export function isConflict({ status, message }: KubernetesError): boolean {
  // The second is the API's words for an object that was deleted and created again meanwhile.
  return status === 409 || (status === 422 && /metadata\.uid: .*immutable/.test(message));
}

/** Whether the API server tried and failed. The cause may be this one object, so others are worth a try. */
export function isFailure({ status }: KubernetesError): boolean {
  return status !== null && status >= 500 && status !== 503 && status !== 504;
}
