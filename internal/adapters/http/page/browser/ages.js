import { lastWord } from "./table.js";

/** Writes into a table how long ago each last word was. It changes each second, when all else in most rows stays. */
export function writeAges(table, model, regions) {
  const nodes = new Map(model.nodes.map((node) => [node.id, node]));
  const groups = new Map(regions.map((region) => [region.region, region]));
  for (const row of table.querySelectorAll("tbody tr:not(.more)")) {
    const known =
      row.dataset.key === undefined ? groups.get(row.parentElement.dataset.key) : nodes.get(row.dataset.key);
    if (known === undefined) continue;
    const age = lastWord(known, model);
    const cell = row.lastElementChild;
    if (cell.textContent !== age) cell.firstChild.data = age;
  }
}
