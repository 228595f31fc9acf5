import { counted, grouped, rateText, stateName, statesText } from "./format.js";
import { html } from "./html.js";
import { fill } from "./morph.js";
import { pendingText } from "./table_rows.js";

/** @import { ModelNode, PageModel } from "./model.js" */
/** @import { RegionSummary } from "./region_summary.js" */

/** Most nodes that a tooltip lists. */
const MOST_LISTED = 8;

/** Describes a region of the map while the pointer or the focus is on its mark. Escape hides it. */
export class Tooltip {
  #map;
  #stage;
  #tip;
  #model;
  #find;
  /** @type {string | null} */
  #region = null;

  /**
   * @param {Element} map
   * @param {HTMLElement} tip
   * @param {() => PageModel | null} model
   * @param {(region: string) => RegionSummary | undefined} find
   */
  constructor(map, tip, model, find) {
    this.#map = map;
    // Not the map itself: a screen reader takes an SVG with focus listeners for something that can be focused.
    this.#stage = /** @type {HTMLElement} */ (map.parentElement);
    this.#tip = tip;
    this.#model = model;
    this.#find = find;
    this.#listen();
  }

  #listen() {
    /** @param {Event} event */
    const show = ({ target }) => this.#show(target instanceof Element ? target.closest(".site") : null);
    this.#stage.addEventListener("pointerover", show);
    this.#stage.addEventListener("focusin", show);
    this.#stage.addEventListener("focusout", () => this.#hide());
    this.#stage.addEventListener("pointerleave", () => this.#hide());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.#hide());
  }

  /** Shows the region as it is now. */
  update() {
    const model = this.#model();
    if (this.#region === null || model === null) return;
    const region = this.#find(this.#region);
    if (region === undefined) this.#hide();
    else fill(this.#tip, content(region, model));
  }

  /** @param {Element | null} site */
  #show(site) {
    const region = site?.getAttribute("data-region") ?? null;
    if (site === null || region === this.#region) return;
    this.#hide();
    this.#region = region;
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

  /**
   * Above the mark, or below it if there is no room, and always inside the map's box.
   *
   * @param {Element} site
   */
  #place(site) {
    const box = this.#stage.getBoundingClientRect();
    const mark = site.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    const left = mark.left + mark.width / 2 - box.left - width / 2;
    const above = mark.top - box.top - height - 4;
    this.#tip.style.left = `${Math.max(0, Math.min(left, box.width - width))}px`;
    this.#tip.style.top = `${above >= 0 ? above : mark.bottom - box.top + 4}px`;
  }
}

/**
 * @param {RegionSummary} region
 * @param {PageModel} model
 */
function content(region, model) {
  const { place, nodes, states } = region;
  const listed =
    nodes.length <= MOST_LISTED
      ? nodes
      : nodes.filter(({ leader, state }) => leader || state !== "counting").slice(0, MOST_LISTED);
  const rate = nodes.reduce((sum, node) => sum + (node.rate ?? 0), 0);
  return html`<p><strong>${place?.name}</strong> ${place?.name !== region.region && region.region}</p><p>${counted(nodes.length, "node")}, ${statesText(states)}</p><p>${rateText(rate)} hits per second, ${counted(region.active, "active user")}, pending: ${pendingText(region, model)}</p><ul>${listed.map((node) => item(node, model))}</ul>`;
}

/**
 * @param {ModelNode} node
 * @param {PageModel} model
 */
function item(node, model) {
  return html`<li data-state="${node.leader ? "leader" : node.state}">${node.name} <span>${node.leader && "leader, "}${stateName(node.state).toLowerCase()}, ${grouped(node.committed)} since its start, pending: ${pendingText(node, model)}</span></li>`;
}
