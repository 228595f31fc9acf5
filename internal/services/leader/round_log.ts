import type { RoundPlan } from "../../core/ledger/rounds.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LogFields, Logger } from "../../ports/logger.ts";
import type { Meter } from "../../ports/meter.ts";

/** Writes one debug line for each round of a leader. Its `meter` stands before the real one, to learn the round's outcome. */
export class RoundLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly meter: Meter;
  #beganAt = 0;
  #fields: LogFields = {};

  constructor(logger: Logger, clock: Clock, meter: Meter) {
    this.#logger = logger;
    this.#clock = clock;
    this.meter = {
      round: (outcome) => {
        this.#add({ outcome });
        meter.round(outcome);
      },
      stage: (stage, seconds) => meter.stage(stage, seconds),
      refusedBatch: (verdict) => meter.refusedBatch(verdict),
      copiedLog: () => meter.copiedLog(),
      adjusted: (action) => meter.adjusted(action),
      droppedDay: () => meter.droppedDay(),
      storeUsed: (share) => meter.storeUsed(share),
    };
  }

  begin(): void {
    this.#beganAt = this.#clock.monotonic();
    this.#fields = {};
  }

  /** `answered` of the `asked` nodes replied in time. */
  collected(round: number, asked: number, answered: number): void {
    this.#add({ round, nodes: asked, answered });
  }

  /** Call before the plan changes the ledger. */
  committed({ draft, bytes }: RoundPlan): void {
    this.#add({ hits: Number(draft.added), bytes });
  }

  end(): void {
    this.#logger.debug("round ended", { ...this.#fields, ms: Math.round(this.#clock.monotonic() - this.#beganAt) });
  }

  #add(fields: LogFields): void {
    this.#fields = { ...this.#fields, ...fields };
  }
}
