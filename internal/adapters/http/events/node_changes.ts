import type { NodeChange, NodeEvent } from "./messages.ts";

/** Knows which nodes the readers of event streams were sent, and so what has changed for them. */
export class NodeChanges {
  #sent: ReadonlyMap<string, NodeEvent> = new Map();

  /** Returns what is new since the last call. */
  update(nodes: readonly NodeEvent[]): { nodes: NodeChange[]; left: string[] } {
    const before = this.#sent;
    this.#sent = new Map(nodes.map((node) => [node.id, node]));
    const left = [...before.keys()].filter((id) => !this.#sent.has(id));
    return { nodes: nodes.flatMap((node) => changeOf(before.get(node.id), node) ?? []), left };
  }

  /** All nodes as of the last `update`. The next change has what is newer. */
  all(): NodeEvent[] {
    return [...this.#sent.values()];
  }
}

function changeOf(before: NodeEvent | undefined, now: NodeEvent): NodeChange | null {
  if (before === undefined) return now;
  const changed = Object.entries(now).filter(([field, value]) => before[field as keyof NodeEvent] !== value);
  return changed.length === 0 ? null : { id: now.id, ...Object.fromEntries(changed) };
}
