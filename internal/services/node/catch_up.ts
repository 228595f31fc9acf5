/** A new node takes no traffic while it gets its copy of all totals, but for this long at most. */
const LONGEST_MS = 30_000;

/** Whether this node is new and has not heard of all counters yet. A node that had all of them once stays ready while it gets another copy. */
export class CatchUp {
  #beganAt: number | null = null;
  #done = false;

  /** Call after each publication. `copying`: whether a copy of all totals is under way. `now`: on a clock that never steps. */
  update(copying: boolean, complete: boolean, now: number): void {
    if (complete) this.#done = true;
    if (copying) this.#beganAt ??= now;
  }

  isUnderWay(now: number): boolean {
    return !this.#done && this.#beganAt !== null && now - this.#beganAt < LONGEST_MS;
  }
}
