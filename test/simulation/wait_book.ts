import type { Receipt } from "../../internal/ports/counting.ts";
import type { Facts } from "./facts.ts";
import { adoptedBy, type Life } from "./machine.ts";

interface Waiting {
  readonly log: string;
  readonly receipt: Receipt;
  readonly by: number;
}

/**
 * Requests that wait until their hits are committed (`?wait=committed`). A yes means that the version of the ledger that the node has
 * adopted has them. A no means that it did not have them in time.
 */
export class WaitBook {
  readonly #facts: Facts;
  readonly #broken: (how: string) => void;
  /** Requests that were answered with yes, and those answered with no. Others were cut off when their process ended. */
  yes = 0;
  no = 0;

  constructor(facts: Facts, broken: (how: string) => void) {
    this.#facts = facts;
    this.#broken = broken;
  }

  wait(name: string, life: Life, hit: Waiting, deadlineMs: number): void {
    const began = life.clock.monotonic();
    void life.node.committed(hit.receipt, deadlineMs).then((committed) => {
      if (committed) this.yes++;
      else this.no++;
      const has = this.#has(life, hit);
      if (committed && has === false) this.#broken(`${name} says that ${this.#what(hit)} is committed, and it is not`);
      if (committed) return;
      if (has && !this.#facts.copied.has(hit.log))
        this.#broken(`${name} says that ${this.#what(hit)} is not committed, and it is`);
      const waited = life.clock.monotonic() - began;
      if (waited < deadlineMs && this.#holds(life, hit))
        this.#broken(`${name} gives up after ${waited} of ${deadlineMs} ms`);
    });
  }

  #what({ log, receipt, by }: Waiting): string {
    return `hit ${receipt.offset - by} to ${receipt.offset} of log ${log}`;
  }

  /** Whether the version that the node has adopted has this hit; undefined if the store never had that version. */
  #has(life: Life, { log, receipt, by }: Waiting): boolean | undefined {
    const position = adoptedBy(life);
    if (!position) return false;
    return this.#facts.ledgers.at(position)?.hits.has(log, receipt.offset - by, receipt.offset);
  }

  #holds(life: Life, { receipt }: Waiting): boolean {
    return [...life.node.logs].some(({ log }) => log.id === receipt.source && log.end >= receipt.offset);
  }
}
