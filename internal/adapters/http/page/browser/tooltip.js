import { counted, grouped, rateText, stateName, statesText } from "./format.js";
import { html } from "./html.js";
import { fill } from "./morph.js";

const MOST_LISTED = 8;

/** What a region's mark on the map says when the pointer or the focus is on it; Escape takes it away. */
export class Tooltip {
  #map;
  #tip;
  #region = null;
  #find;

  /** `find(region)`: its summary (region_summary.js), or undefined. */
  constructor(map, tip, find) {
    this.#map = map;
    this.#tip = tip;
    this.#find = find;
    const show = ({ target }) => this.#show(target.closest?.(".site"));
    // Not on the map itself: what listens to the focus in SVG is taken for something that can have it.
    const stage = map.parentElement;
    stage.addEventListener("pointerover", show);
    stage.addEventListener("focusin", show);
    stage.addEventListener("focusout", () => this.#hide());
    stage.addEventListener("pointerleave", () => this.#hide());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.#hide());
  }

  /** Follows what has changed. */
  update() {
    if (this.#region === null) return;
    const region = this.#find(this.#region);
    if (region === undefined) this.#hide();
    else fill(this.#tip, content(region));
  }

  #show(site) {
    if (!site || site.dataset.region === this.#region) return;
    this.#hide();
    this.#region = site.dataset.region;
    site.setAttribute("aria-describedby", this.#tip.id);
    this.#tip.hidden = false;
    this.update();
    this.#place(site);
  }

  #hide() {
    for (const site of this.#map.querySelectorAll("[aria-describedby]")) site.removeAttribute("aria-describedby");
    this.#tip.hidden = true;
    this.#region = null;
  }

  /** Above the mark, or below it where there is no room, and always inside the map's box. */
  #place(site) {
    const box = this.#map.parentElement.getBoundingClientRect();
    const mark = site.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    const left = mark.left + mark.width / 2 - box.left - width / 2;
    const above = mark.top - box.top - height - 4;
    this.#tip.style.left = `${Math.max(0, Math.min(left, box.width - width))}px`;
    this.#tip.style.top = `${above >= 0 ? above : mark.bottom - box.top + 4}px`;
  }
}

function content(region) {
  const { place, nodes, states } = region;
  const listed =
    nodes.length <= MOST_LISTED
      ? nodes
      : nodes.filter(({ leader, state }) => leader || state !== "counting").slice(0, MOST_LISTED);
  const rate = nodes.reduce((sum, node) => sum + (node.rate ?? 0), 0);
  return html`<p><strong>${place.name}</strong> ${place.name !== region.region && region.region}</p><p>${counted(nodes.length, "node")}, ${statesText(states)}</p><p>${rateText(rate)} hits per second, ${counted(region.active, "active user")}</p><ul>${listed.map(item)}</ul>`;
}

function item(node) {
  return html`<li data-state="${node.leader ? "leader" : node.state}">${node.name} <span>${node.leader && "leader, "}${stateName(node.state).toLowerCase()}, ${grouped(node.committed)} since its start</span></li>`;
}
