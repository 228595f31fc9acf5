import type { TotalJson } from "../internal/adapters/http/totals_json.ts";

/** Remembers the numbers that a place has shown, and reports each one that was less than the one before. */
export class ShownNumbers {
  readonly stepsBack: string[] = [];
  readonly #last = new Map<string, number>();

  /** `where`: for example a counter on a node. Null: the node does not know the number yet. */
  note(where: string, shown: TotalJson): void {
    if (shown === null) return;
    const [before, now] = [this.#last.get(where) ?? 0, Number(shown)];
    if (now < before) this.stepsBack.push(`${where}: ${before} to ${now}`);
    this.#last.set(where, now);
  }
}
