import type { Clock } from "../../ports/clock.ts";

/** Handshakes that a leader has under way. Each takes it two milliseconds, most of them when the other end has answered. */
const MAX_HANDSHAKES = 64;
/** A peer that has not answered by then makes room for others: it may be stopped, and all of them may be. */
const PATIENCE_MS = 1_000;

/**
 * Lets few handshakes be under way at a time. A new leader dials a thousand nodes at once, and if all of them answered in one turn of the event
 * loop, it would lose its lease meanwhile, lead anew and dial them all again.
 */
export class HandshakeTurns {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does `handshake` when it has its turn, and resolves or rejects as it does. */
  async run<T>(handshake: () => Promise<T>): Promise<T> {
    if (this.#underWay < MAX_HANDSHAKES) this.#underWay++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const end = this.#once();
    const cancel = this.#clock.after(PATIENCE_MS, end);
    try {
      return await handshake();
    } finally {
      cancel();
      end();
    }
  }

  /** What ends one turn, however often it is called. */
  #once(): () => void {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#underWay--;
    };
  }
}
