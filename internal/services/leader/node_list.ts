import type { NodeRow } from "../../core/cluster_view.ts";

/** Rows whose numbers alone changed are sent this many a round, in turn: a thousand rows to a thousand nodes each second would be 100 MB/s. */
const MAX_NUMBERS_PER_ROUND = 64;

/** The list of nodes as it travels: all of it at the start of a stream, changes after that. */
export class NodeList {
  #sent = new Map<string, NodeRow>();
  #next = 0;

  /** The rows that this round's change carries. Changes of state and new nodes go at once. */
  update(rows: readonly NodeRow[]): { nodes: NodeRow[]; left: string[] } {
    const present = new Set(rows.map(({ id }) => id));
    const left = [...this.#sent.keys()].filter((id) => !present.has(id));
    for (const id of left) this.#sent.delete(id);
    const nodes = [...rows.filter((row) => this.#isUrgent(row)), ...this.#numbers(rows)];
    for (const row of nodes) this.#sent.set(row.id, row);
    return { nodes, left };
  }

  /** Every row as the streams have it by now. */
  all(): NodeRow[] {
    return [...this.#sent.values()];
  }

  #isUrgent(row: NodeRow): boolean {
    const sent = this.#sent.get(row.id);
    return !sent || sent.state !== row.state || sent.url !== row.url || sent.durable !== row.durable;
  }

  #numbers(rows: readonly NodeRow[]): NodeRow[] {
    const changed = rows.filter((row) => !this.#isUrgent(row) && this.#sent.get(row.id)?.heardAt !== row.heardAt);
    if (changed.length <= MAX_NUMBERS_PER_ROUND) return changed;
    this.#next = (this.#next + MAX_NUMBERS_PER_ROUND) % changed.length;
    return [...changed, ...changed].slice(this.#next, this.#next + MAX_NUMBERS_PER_ROUND);
  }
}
