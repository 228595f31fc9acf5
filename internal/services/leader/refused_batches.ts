import type { RefusedBatch } from "../../core/ledger/rounds.ts";
import type { SourceId } from "../../core/log/batch.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Meter } from "../../ports/meter.ts";

/**
 * A gap, or a log of another ledger, is news only when it is there in this many rounds, one after the other: a carrier whose log has fewer
 * cuts than another's offers one until a snapshot has told it, and so does a node that has not heard of an adoption yet.
 */
const LASTING_ROUNDS = 3;
const PASSING: ReadonlySet<RefusedBatch["verdict"]> = new Set(["gap", "foreign"]);

/** Batches that are refused and stay refused: no hit of their logs is counted any more, so each log is reported once. */
export class RefusedBatches {
  readonly #logger: Logger;
  readonly #meter: Meter;
  readonly #nameOf: (node: string) => string;
  /** Rounds in a row in which a log was refused. */
  #rounds: ReadonlyMap<SourceId, number> = new Map();
  readonly #reported = new Set<SourceId>();

  constructor(logger: Logger, meter: Meter, nameOf: (node: string) => string) {
    this.#logger = logger;
    this.#meter = meter;
    this.#nameOf = nameOf;
  }

  /** What the plan of one round refused. */
  note(refused: readonly RefusedBatch[]): void {
    const before = this.#rounds;
    const rounds = new Map(refused.map(({ batch: { source } }) => [source, (before.get(source) ?? 0) + 1]));
    this.#rounds = rounds;
    for (const refusal of refused) {
      if (PASSING.has(refusal.verdict) && (rounds.get(refusal.batch.source) ?? 0) < LASTING_ROUNDS) continue;
      this.#meter.refusedBatch(refusal.verdict);
      this.#report(refusal);
    }
  }

  #report({ node, batch: { source }, verdict, why }: RefusedBatch): void {
    if (this.#reported.has(source)) return;
    this.#reported.add(source);
    const fields = { node: this.#nameOf(node), source, verdict, why };
    this.#logger.error("hits of a log are refused in every round, and stay with the node that holds them", fields);
  }
}
