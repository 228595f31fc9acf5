import { STATES } from "./format.js";

const byName = new Intl.Collator("en", { numeric: true });

/** The nodes of each region, and what they are together; in order of the regions' names. `nodes` as in a page's model (model.d.ts). */
export function summarize(nodes) {
  const regions = new Map();
  for (const node of nodes) {
    const known = regions.get(node.region);
    if (known === undefined) regions.set(node.region, [node]);
    else known.push(node);
  }
  const summaries = [...regions].map(([region, members]) => summary(region, members));
  return summaries.sort((a, b) => byName.compare(a.region, b.region));
}

function summary(region, nodes) {
  const sum = (field) => nodes.reduce((total, node) => total + node[field], 0);
  const states = {};
  for (const { state } of nodes) states[state] = (states[state] ?? 0) + 1;
  const heardAt = nodes.reduce((last, node) => Math.max(last, node.heardAt ?? 0), 0);
  return {
    region,
    place: nodes[0].place,
    nodes: nodes.sort((a, b) => byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1)),
    leader: nodes.some(({ leader }) => leader),
    states,
    /** The state that needs a look most. */
    state: Object.keys(STATES).find((state) => states[state] > 0) ?? nodes[0].state,
    hits: sum("hits"),
    committed: sum("committed"),
    pending: sum("pending"),
    active: sum("active"),
    heardAt: heardAt || null,
  };
}
