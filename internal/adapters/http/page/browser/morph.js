/**
 * Makes the content of `parent` what `markup` says (the output of html.js), and leaves alone what is the same already: focus, selections and running animations
 * stay. Elements with `data-key` are recognised by it wherever they have moved; those with the same `data-stamp` are as they should be.
 */
export function fill(parent, markup) {
  const template = document.createElement("template");
  const drawing = parent instanceof SVGElement;
  template.innerHTML = drawing ? `<svg>${markup}</svg>` : String(markup ?? "");
  alike(parent, drawing ? template.content.firstChild : template.content);
}

function alike(parent, wanted) {
  const keyed = new Map();
  for (const child of parent.children) if (child.dataset.key) keyed.set(child.dataset.key, child);
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

function counterpart(node, at, keyed) {
  const key = node.dataset?.key;
  if (key !== undefined) {
    const known = keyed.get(key);
    return known?.nodeName === node.nodeName ? known : null;
  }
  return at !== null && at.nodeName === node.nodeName && at.dataset?.key === undefined ? at : null;
}

/** `moveBefore` keeps focus and animations; not every browser has it yet. */
function move(parent, child, before) {
  if (parent.moveBefore) parent.moveBefore(child, before);
  else parent.insertBefore(child, before);
}

/** What is not in the markup, but set by whoever shows a tooltip. */
const SET_BY_OTHERS = "aria-describedby";

function update(node, wanted) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== wanted.data) node.data = wanted.data;
    return;
  }
  if (wanted.dataset.stamp !== undefined && wanted.dataset.stamp === node.dataset.stamp) return;
  for (const { name, value } of wanted.attributes)
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  for (const { name } of [...node.attributes])
    if (!wanted.hasAttribute(name) && name !== SET_BY_OTHERS) node.removeAttribute(name);
  alike(node, wanted);
}
