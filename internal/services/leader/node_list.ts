import type { NodeRow } from "../../core/cluster/cluster_view.ts";

/**
 * Rows of which only numbers changed that one round sends. They take turns: a thousand rows to a thousand nodes each second would be
 * 100 MB/s. Rows of nodes that lost their last open page come first, so that nobody is shown as watching who is not.
 */
const MAX_NUMBERS_PER_ROUND = 64;

/** The list of nodes as streams have it: all rows when a stream begins, and changes after that. */
export class NodeList {
  #sent = new Map<string, NodeRow>();
  #next = 0;

  /** The rows to send in this round, and the ids of nodes that left. New nodes and changes of state are sent at once. */
  update(rows: readonly NodeRow[]): { nodes: NodeRow[]; left: string[] } {
    const present = new Set(rows.map(({ id }) => id));
    const left = [...this.#sent.keys()].filter((id) => !present.has(id));
    for (const id of left) this.#sent.delete(id);
    const nodes = [...rows.filter((row) => this.#isUrgent(row)), ...this.#numbers(rows)];
    for (const row of nodes) this.#sent.set(row.id, row);
    return { nodes, left };
  }

  /** All rows, as the streams have them now. */
  all(): NodeRow[] {
    return [...this.#sent.values()];
  }

  #isUrgent(row: NodeRow): boolean {
    const sent = this.#sent.get(row.id);
    return !sent || sent.state !== row.state || sent.url !== row.url || sent.durable !== row.durable;
  }

  #numbers(rows: readonly NodeRow[]): NodeRow[] {
    const changed = rows.filter((row) => !this.#isUrgent(row) && this.#hasNewNumbers(row));
    if (changed.length <= MAX_NUMBERS_PER_ROUND) return changed;
    const deserted = changed.filter((row) => this.#isDeserted(row)).slice(0, MAX_NUMBERS_PER_ROUND);
    const others = changed.filter((row) => !deserted.includes(row));
    this.#next = (this.#next + MAX_NUMBERS_PER_ROUND) % others.length;
    const inTurn = [...others.slice(this.#next), ...others.slice(0, this.#next)];
    return [...deserted, ...inTurn].slice(0, MAX_NUMBERS_PER_ROUND);
  }

  #hasNewNumbers(row: NodeRow): boolean {
    const sent = this.#sent.get(row.id);
    return sent?.heardAt !== row.heardAt || sent.active !== row.active;
  }

  #isDeserted({ id, active }: NodeRow): boolean {
    return active === 0 && (this.#sent.get(id)?.active ?? 0) > 0;
  }
}
