import type { SourceId } from "../../core/log/batch.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Meter } from "../../ports/meter.ts";
import type { NodeReport } from "../../ports/peers.ts";

type HeldSources = Pick<NodeReport, "sources" | "begun">;

/** What a node held is remembered for this many rounds. */
const REMEMBERED_ROUNDS = 3_600;

/**
 * Finds logs that live twice: a data directory was copied while its node ran, or two processes use one. A node that has begun a log hands it
 * over only when it drains, and then it does not say any more that it has begun it. So when a node says so after another one has said that
 * it holds the same log, the other holds a copy.
 */
export class CopiedLogs {
  readonly #logger: Logger;
  readonly #meter: Meter;
  readonly #nameOf: (node: string) => string;
  /** Who holds a log without having begun it, and the round in which it last said so. Oldest word first. */
  readonly #holders = new Map<SourceId, { readonly node: string; readonly round: number }>();
  readonly #reported = new Set<SourceId>();

  constructor(logger: Logger, meter: Meter, nameOf: (node: string) => string) {
    this.#logger = logger;
    this.#meter = meter;
    this.#nameOf = nameOf;
  }

  /** `node` said hello; `round` is the newest that was begun. */
  saidHello(node: string, { sources, begun }: HeldSources, round: number): void {
    const own = new Set(begun);
    for (const source of sources) if (!own.has(source)) this.#remember(source, node, round);
    for (const [source, holder] of this.#holders) {
      if (round - holder.round <= REMEMBERED_ROUNDS) break;
      this.#holders.delete(source);
    }
  }

  /** `node` answered the collect of `round`. */
  replied(node: string, report: HeldSources, round: number): void {
    for (const source of report.begun) {
      const holder = this.#holders.get(source);
      if (holder && holder.node !== node && holder.round < round) this.#report(source, node, holder.node);
    }
    this.saidHello(node, report, round);
  }

  #remember(source: SourceId, node: string, round: number): void {
    this.#holders.delete(source);
    this.#holders.set(source, { node, round });
  }

  #report(source: SourceId, node: string, holder: string): void {
    if (this.#reported.has(source)) return;
    this.#reported.add(source);
    this.#meter.copiedLog();
    this.#logger.error(
      "a log lives twice: a node's data directory was copied, or two processes use it; no hit is counted twice, and some may be indeterminate",
      { source, node: this.#nameOf(node), copy: this.#nameOf(holder) },
    );
  }
}
