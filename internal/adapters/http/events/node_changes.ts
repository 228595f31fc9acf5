import type { NodeChange, NodeEvent } from "./messages.ts";

/** What readers of event streams know of the nodes, and what they have to be told. */
export class NodeChanges {
  #told: ReadonlyMap<string, NodeEvent> = new Map();

  /** What is new since the last call. */
  update(nodes: readonly NodeEvent[]): { nodes: NodeChange[]; left: string[] } {
    const before = this.#told;
    this.#told = new Map(nodes.map((node) => [node.id, node]));
    const left = [...before.keys()].filter((id) => !this.#told.has(id));
    return { nodes: nodes.flatMap((node) => changeOf(before.get(node.id), node) ?? []), left };
  }

  /** Every node as the streams have it by now: what is newer comes with the next change. */
  all(): NodeEvent[] {
    return [...this.#told.values()];
  }
}

function changeOf(before: NodeEvent | undefined, now: NodeEvent): NodeChange | null {
  if (before === undefined) return now;
  const changed = Object.entries(now).filter(([field, value]) => before[field as keyof NodeEvent] !== value);
  return changed.length === 0 ? null : { id: now.id, ...Object.fromEntries(changed) };
}
