import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import type { NodeOffer } from "../../core/ledger/loss_detection.ts";
import type { Retention } from "../../core/ledger/retention.ts";
import { Rounds } from "../../core/ledger/rounds.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Follower } from "./follower.ts";
import type { Followers } from "./followers.ts";
import type { Leadership } from "./leadership.ts";
import type { LedgerAccess } from "./ledger_access.ts";
import type { LedgerKnowledge } from "./ledger_knowledge.ts";
import type { Publisher } from "./publisher.ts";
import type { ReplyBarrier } from "./reply_barrier.ts";
import type { StoreStatus } from "./store_status.ts";

export interface OpenLedgerDeps {
  readonly term: { readonly epoch: number; readonly writer: string };
  readonly clock: Clock;
  readonly limits: LedgerLimits;
  readonly retention: Retention;
  readonly access: LedgerAccess;
  readonly knowledge: LedgerKnowledge;
  readonly followers: Followers;
  readonly replies: ReplyBarrier<Follower>;
  readonly publisher: Publisher;
  readonly leadership: Leadership;
  readonly store: StoreStatus;
  /** Called with the error if the store could not be read. */
  readonly failed: (error: unknown) => void;
}

/** Nodes that say no hello delay the first round by this much at most. */
const HELLO_TIMEOUT_MS = 500;

/** The ledger that a leader may write. It is opened before the first round, and again when it may have moved (`Leader`, L2 and L4). */
export class OpenLedger {
  readonly #deps: OpenLedgerDeps;
  /** Null while no ledger may be written. */
  rounds: Rounds | null = null;
  /** Number of the last round. It keeps growing when the ledger is read again. */
  lastRound = 0;
  /** Wall-clock milliseconds when the ledger was last known to be current; 0: never. */
  currentAtWall = 0;

  constructor(deps: OpenLedgerDeps) {
    this.#deps = deps;
  }

  /** No ledger may be written until it was opened again. */
  close(): void {
    this.rounds = null;
  }

  /** Reads the ledger, and judges it by what nodes know. */
  async open(): Promise<void> {
    const { access, knowledge, leadership, store } = this.#deps;
    await this.#awaitHellos();
    try {
      const result = await access.open(knowledge.evidence(), knowledge.everyoneTried);
      if (result.kind === "superseded") leadership.end("superseded", "another node leads");
      else if (result.kind === "outdated") this.#makeRoom(result.detail);
      else if (result.kind === "shut") store.set(result.state, result.detail);
      else this.#opened(result.ledger, result.headRevision);
    } catch (error) {
      this.#deps.failed(error);
    }
  }

  /** Reads the ledger again, because it may have moved. */
  async reread(): Promise<void> {
    this.close();
    await this.open();
  }

  /** Reads the ledger again, because a node has seen more of it: either another leader wrote, or the store was restored. */
  async reopen(offers: readonly NodeOffer[]): Promise<void> {
    this.close();
    this.#deps.knowledge.contradicted(offers);
    await this.open();
  }

  /** A ledger of a newer format is for a newer program. This one tells all nodes in one round, and resigns in the next (docs/protocol.md, Elect). */
  #makeRoom(detail: string): void {
    const { store, leadership } = this.#deps;
    if (store.detail === detail) leadership.end("unproductive", detail);
    store.set("corrupt", detail);
  }

  #opened(ledger: Rounds["ledger"], headRevision: number): void {
    const { clock, store, knowledge } = this.#deps;
    this.currentAtWall = clock.wall();
    store.wasRead();
    if (!this.#isAt(ledger, headRevision)) this.#begin(ledger, headRevision);
    knowledge.reconciled();
    knowledge.markForeign(this.rounds?.ledger);
  }

  /** Whether Rounds is at this ledger already. Then it is kept: its timers, such as how long a source was silent, exist only in memory. */
  #isAt({ id, version }: Rounds["ledger"], headRevision: number): boolean {
    const rounds = this.rounds;
    return rounds?.headRevision === headRevision && rounds.ledger.id === id && rounds.ledger.version === version;
  }

  #begin(ledger: Rounds["ledger"], headRevision: number): void {
    const { term, limits, retention, clock, publisher, followers } = this.#deps;
    this.rounds = new Rounds(term, ledger, headRevision, limits, retention, clock.monotonic());
    this.rounds.round = this.lastRound;
    const goesOn = publisher.opened(ledger);
    if (!goesOn) for (const follower of followers.all()) follower.sentVersion = null;
  }

  /** Waits until each listed node has said hello or failed to, before the ledger is judged. */
  async #awaitHellos(): Promise<void> {
    const { followers, replies, clock } = this.#deps;
    const untried = followers.all().filter(({ tried }) => !tried);
    await replies.wait(untried, HELLO_TIMEOUT_MS, clock);
  }
}
