/** Tells those who hear the page when the matter changes, and not each second with its numbers. */
export class Announcer {
  #element;
  #key = null;

  constructor(element) {
    this.#element = element;
  }

  /** The first matter is not told: whoever has just come reads it in its place. */
  tell({ key, text }) {
    if (this.#key !== null && this.#key !== key) this.#element.textContent = text;
    this.#key = key;
  }
}
