import type { Cancel, Clock } from "./clock.ts";
import type { Member } from "./discovery.ts";
import type { Logger } from "./logger.ts";
import { StoreError } from "./store.ts";

/** Pause after a failed renewal. */
const RETRY_MS = 1_000;
/** The same failure is logged once in this time. */
const REPEAT_LOG_MS = 60_000;

export interface RegistrationDeps {
  /** Registers the node, again if it is registered already. Throws StoreError. */
  readonly renew: (self: Member) => Promise<void>;
  /** Milliseconds between two renewals. */
  readonly interval: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps a node registered in a store. A registration expires there unless it is renewed; a renewal that failed is retried. */
export class Registration {
  readonly #deps: RegistrationDeps;
  #self: Member | null = null;
  #cancel: Cancel = () => {};
  #renewal: Promise<void> = Promise.resolve();
  /** The failure that was logged last, and when, on the monotonic clock; null: none. */
  #failure: { readonly kind: string; readonly loggedAtMs: number } | null = null;

  constructor(deps: RegistrationDeps) {
    this.#deps = deps;
  }

  /** Returns at once. */
  begin(self: Member): void {
    this.#self = self;
    this.#renewal = this.#keep(self);
  }

  /** Renews no more. A renewal in progress goes on. */
  stop(): void {
    this.#self = null;
    this.#cancel();
  }

  /** Stops. Resolves when no renewal is in progress any more, so that nothing is registered afterwards. Never throws. */
  async ended(): Promise<void> {
    this.stop();
    await this.#renewal;
  }

  async #keep(self: Member): Promise<void> {
    const wait = await this.#deps.renew(self).then(
      () => this.#renewed(),
      (error) => this.#retryAfter(error),
    );
    if (this.#self !== self) return;
    this.#cancel = this.#deps.clock.after(wait, () => {
      this.#renewal = this.#keep(self);
    });
  }

  /** Milliseconds until the next renewal. */
  #renewed(): number {
    if (this.#failure) this.#deps.logger.info("registered in the store again");
    this.#failure = null;
    return this.#deps.interval;
  }

  #retryAfter(error: Error): number {
    const kind = error instanceof StoreError ? error.kind : error.message;
    const now = this.#deps.clock.monotonic();
    if (kind === this.#failure?.kind && now - this.#failure.loggedAtMs < REPEAT_LOG_MS) return RETRY_MS;
    this.#deps.logger.warn("cannot register in the store; retrying", { error: error.message });
    this.#failure = { kind, loggedAtMs: now };
    return RETRY_MS;
  }
}
