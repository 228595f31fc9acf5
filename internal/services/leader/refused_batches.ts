import type { RefusedBatch } from "../../core/ledger/batch_folding.ts";
import type { SourceId } from "../../core/log/batch.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Meter } from "../../ports/meter.ts";

/**
 * Rounds in a row after which a gap or a foreign log is reported. Shorter ones are normal: a holder with fewer cuts than another holder of
 * the same log offers a gap, until a snapshot shows it the ledger's watermark. A node offers a foreign log until it hears of an adoption. A
 * ledger of format 1 is converted when all nodes have been upgraded for a while.
 */
const LASTING_ROUNDS = 3;
const PASSING: ReadonlySet<RefusedBatch["verdict"]> = new Set(["gap", "foreign", "unconverted"]);

/** Reports batches that stay refused, once for each log: no more hits of such a log are counted. */
export class RefusedBatches {
  readonly #logger: Logger;
  readonly #meter: Meter;
  readonly #nameOf: (node: string) => string;
  /** Rounds in a row in which each log was refused. */
  #rounds: ReadonlyMap<SourceId, number> = new Map();
  readonly #reported = new Set<SourceId>();

  constructor(logger: Logger, meter: Meter, nameOf: (node: string) => string) {
    this.#logger = logger;
    this.#meter = meter;
    this.#nameOf = nameOf;
  }

  /** Takes the batches that one round's plan refused. */
  record(refused: readonly RefusedBatch[]): void {
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
    this.#logger.error(
      "batches of a log are refused in every round; its hits stay uncounted on the node that holds them",
      fields,
    );
  }
}
