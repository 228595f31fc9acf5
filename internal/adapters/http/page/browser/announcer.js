/** Announces to screen readers when the sentence about the cluster changes in kind, and not every second with its numbers. */
export class Announcer {
  #element;
  /** @type {string | null} */
  #key = null;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /**
   * Skips the first sentence: the reader has just come to it.
   *
   * @param {{ readonly key: string, readonly text: string }} sentence
   */
  announce({ key, text }) {
    if (this.#key !== null && this.#key !== key) this.#element.textContent = text;
    this.#key = key;
  }
}
