/**
 * The term that a leader's versions name (docs/protocol.md, Commit). It ends with a transaction without an answer, because the store may have
 * applied it, and a restore may undo that unseen. The same leader would then write the version again, with other content. So the next
 * attempt has another name.
 */
export class LeaderTerm {
  readonly epoch: number;
  readonly #newId: () => string;
  writer: string;

  constructor(epoch: number, newId: () => string) {
    this.epoch = epoch;
    this.#newId = newId;
    this.writer = newId();
  }

  /** Call when nobody knows whether a transaction was applied. */
  renew(): void {
    this.writer = this.#newId();
  }
}
