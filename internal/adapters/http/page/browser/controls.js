/** What people do with the table: sort it, and open regions. `view` is what table.js takes; `changed()` is called when it is another one. */
export function controlTable(container, view, changed) {
  container.addEventListener("click", ({ target }) => {
    const sort = target.closest("[data-sort]")?.dataset.sort;
    const region = target.closest("[data-open]")?.dataset.open;
    const whole = target.closest("[data-whole]")?.dataset.whole;
    if (sort !== undefined) sortBy(view, sort);
    else if (region !== undefined) toggle(view, region);
    else if (whole !== undefined) view.whole.add(whole);
    else return;
    changed();
  });
}

/** A click on a region of the map opens it in the table, where the link goes. */
export function controlMap(map, view, changed) {
  map.addEventListener("click", ({ target }) => {
    const region = target.closest("[data-region]")?.dataset.region;
    if (region === undefined) return;
    view.expanded.add(region);
    changed();
  });
}

/** Stops everything that moves by itself until it is pressed again. `changed(paused)`. */
export function controlPause(button, changed) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const paused = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(paused));
    changed(paused);
  });
}

/** Numbers are most wanted from the largest down. */
const DESCENDING_FIRST = new Set(["committed", "pending", "active"]);

function sortBy(view, key) {
  const descending = view.sort.key === key ? !view.sort.descending : DESCENDING_FIRST.has(key);
  view.sort = { key, descending };
}

function toggle({ expanded }, region) {
  if (!expanded.delete(region)) expanded.add(region);
}
