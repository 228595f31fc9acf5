/** HTML as text, written alike by the server and by the browser. */

class Html {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A template tag: whatever is put in is escaped, unless it is HTML of this tag; lists are joined; null, undefined and false leave nothing. */
export function html(parts, ...values) {
  return new Html(parts.reduce((text, part, index) => text + written(values[index - 1]) + part));
}

function written(value) {
  if (value === null || value === undefined || value === false) return "";
  if (Array.isArray(value)) return value.map(written).join("");
  if (value instanceof Html) return value.text;
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
