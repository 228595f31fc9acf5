/** HTML as text. The server and the browser write it with the same functions. */
export class Html {
  /** @param {string} text with everything escaped that needs it */
  constructor(text) {
    /** @readonly */
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** @type {Readonly<Record<string, string>>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * A template tag. It escapes each value unless the value is HTML of this tag. It joins lists, and writes nothing for null, undefined and false.
 *
 * @param {TemplateStringsArray} parts
 * @param {...unknown} values
 */
export function html(parts, ...values) {
  return new Html(parts.reduce((text, part, index) => text + written(values[index - 1]) + part));
}

/** @type {(value: unknown) => string} */
function written(value) {
  if (value === null || value === undefined || value === false) return "";
  if (Array.isArray(value)) return value.map(written).join("");
  if (value instanceof Html) return value.text;
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
