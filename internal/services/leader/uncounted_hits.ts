import type { Logger } from "../../ports/logger.ts";

/** Reports nodes whose hits nobody can place: their holders offer them no more, so that no batch of theirs is ever refused here. */
export class UncountedHits {
  readonly #logger: Logger;
  readonly #nameOf: (node: string) => string;
  /** What each node said last. */
  readonly #reported = new Map<string, number>();

  constructor(logger: Logger, nameOf: (node: string) => string) {
    this.#logger = logger;
    this.#nameOf = nameOf;
  }

  /** `hits`: how many of the hits that `node` holds are indeterminate. */
  heard(node: string, hits: number): void {
    if (hits > (this.#reported.get(node) ?? 0))
      this.#logger.error("a node holds hits that cannot be counted: it is unknown whether the ledger has them", {
        node: this.#nameOf(node),
        hits,
      });
    this.#reported.set(node, hits);
  }
}
