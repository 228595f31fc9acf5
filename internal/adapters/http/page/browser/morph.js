/** @import { Html } from "./html.js" */

/**
 * Changes the content of `parent` into `markup`, and leaves alone what is the same already, so that focus, selections and running animations
 * stay. Elements with `data-key` are recognised wherever they have moved. Elements with the same `data-stamp` are not looked into.
 *
 * @param {Element} parent
 * @param {Html | null} markup null: nothing
 */
export function fill(parent, markup) {
  const template = document.createElement("template");
  const drawing = parent instanceof SVGElement;
  const text = String(markup ?? "");
  template.innerHTML = drawing ? `<svg>${text}</svg>` : text;
  morphChildren(parent, drawing ? /** @type {Node} */ (template.content.firstChild) : template.content);
}

/** @typedef {HTMLElement | SVGElement} Keyed what can have `data-key` */

/** @type {(node: Node | null) => node is Keyed} */
function isKeyable(node) {
  return node instanceof HTMLElement || node instanceof SVGElement;
}

/** @type {(parent: Element, wanted: Node) => void} */
function morphChildren(parent, wanted) {
  /** @type {Map<string, Keyed>} */
  const keyed = new Map();
  for (const child of parent.children) if (isKeyable(child) && child.dataset.key) keyed.set(child.dataset.key, child);
  let at = parent.firstChild;
  for (const node of [...wanted.childNodes]) {
    const same = counterpart(node, at, keyed);
    if (same === null) parent.insertBefore(document.importNode(node, true), at);
    else {
      if (same === at) at = at.nextSibling;
      else move(parent, same, at);
      update(same, node);
    }
  }
  while (at !== null) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** @type {(node: Node, at: ChildNode | null, keyed: ReadonlyMap<string, Keyed>) => ChildNode | null} */
function counterpart(node, at, keyed) {
  const key = keyOf(node);
  if (key !== undefined) {
    const known = keyed.get(key);
    return known?.nodeName === node.nodeName ? known : null;
  }
  return at !== null && at.nodeName === node.nodeName && keyOf(at) === undefined ? at : null;
}

/** @param {Node} node */
function keyOf(node) {
  return isKeyable(node) ? node.dataset.key : undefined;
}

/**
 * `moveBefore` keeps focus and animations, but not every browser has it.
 *
 * @type {(parent: Element, child: ChildNode, before: ChildNode | null) => void}
 */
function move(parent, child, before) {
  (parent.moveBefore ?? parent.insertBefore).call(parent, child, before);
}

/** An attribute that the markup does not have: the tooltip sets it. */
const SET_BY_TOOLTIP = "aria-describedby";

/** @type {(node: ChildNode, wanted: Node) => void} */
function update(node, wanted) {
  if (node instanceof CharacterData && wanted instanceof CharacterData) {
    if (node.data !== wanted.data) node.data = wanted.data;
    return;
  }
  if (!isKeyable(node) || !isKeyable(wanted)) return;
  if (wanted.dataset.stamp !== undefined && wanted.dataset.stamp === node.dataset.stamp) return;
  for (const { name, value } of wanted.attributes)
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  for (const { name } of [...node.attributes])
    if (!wanted.hasAttribute(name) && name !== SET_BY_TOOLTIP) node.removeAttribute(name);
  morphChildren(node, wanted);
}
