/** @import { TableView } from "./table.js" */

/** @typedef {TableView & { readonly expanded: Set<string> }} LiveView */

/**
 * Lets the reader sort the table and open its regions.
 *
 * @param {HTMLElement} container
 * @param {LiveView} view
 * @param {() => void} changed called after `view` has changed
 */
export function controlTable(container, view, changed) {
  container.addEventListener("click", ({ target }) => {
    const sort = dataOf(target, "sort");
    const region = dataOf(target, "open");
    const whole = dataOf(target, "whole");
    if (sort !== undefined) sortBy(view, sort);
    else if (region !== undefined) toggle(view, region);
    else if (whole !== undefined) view.whole.add(whole);
    else return;
    changed();
  });
}

/**
 * A click on a region of the map opens it in the table, where its link leads.
 *
 * @param {Element} map
 * @param {LiveView} view
 * @param {() => void} changed
 */
export function controlMap(map, view, changed) {
  map.addEventListener("click", ({ target }) => {
    const region = dataOf(target, "region");
    if (region === undefined) return;
    view.expanded.add(region);
    changed();
  });
}

/**
 * Stops everything that moves by itself until the button is pressed again.
 *
 * @param {HTMLElement} button
 * @param {(paused: boolean) => void} changed
 */
export function controlPause(button, changed) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const paused = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(paused));
    changed(paused);
  });
}

/** @type {(target: EventTarget | null, name: string) => string | undefined} */
function dataOf(target, name) {
  if (!(target instanceof Element)) return undefined;
  return target.closest(`[data-${name}]`)?.getAttribute(`data-${name}`) ?? undefined;
}

/** Columns whose largest numbers interest most. */
const DESCENDING_FIRST = new Set(["committed", "pending", "active"]);

/** @type {(view: LiveView, key: string) => void} */
function sortBy(view, key) {
  const descending = view.sort.key === key ? !view.sort.descending : DESCENDING_FIRST.has(key);
  view.sort = { key, descending };
}

/** @type {(view: LiveView, region: string) => void} */
function toggle({ expanded }, region) {
  if (!expanded.delete(region)) expanded.add(region);
}
