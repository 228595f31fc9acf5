import { Announcer } from "./announcer.js";
import { clusterSentence, storeMessage } from "./cluster_sentence.js";
import { duration } from "./format.js";

/** @import { PageModel } from "./model.js" */

/** The sentence about the cluster and about this page, and the details below it. */
export class Status {
  #main;
  #state;
  #detail;
  #announcer;
  /** @type {PageModel | null} */
  #model = null;
  /** When `#model` arrived, in milliseconds since the page was opened, like `#lostAt`. */
  #heardAt = 0;
  /**
   * Since when the connection is lost; null: it is open.
   *
   * @type {number | null}
   */
  #lostAt = null;
  /** @type {Date | null} */
  #pausedAt = null;
  /** Whether the page waits for its first message since it became visible again. */
  #resuming = false;
  #failed = false;

  /** @param {HTMLElement} main with the elements of page.ts */
  constructor(main) {
    /** @param {string} id */
    const find = (id) => /** @type {HTMLElement} */ (main.querySelector(`#${id}`));
    this.#main = main;
    this.#state = find("state");
    this.#detail = find("detail");
    this.#announcer = new Announcer(find("announcement"));
  }

  get paused() {
    return this.#pausedAt !== null;
  }

  /** Seconds since the last message. */
  get elapsed() {
    return (performance.now() - this.#heardAt) / 1000;
  }

  /** @param {PageModel} model */
  heard(model) {
    this.#model = model;
    this.#heardAt = performance.now();
    this.#lostAt = null;
    this.#resuming = false;
  }

  /** The connection counts as lost since its last message: it may be dead long before the browser notices. */
  lost() {
    this.#lostAt ??= this.#model === null || this.#resuming ? performance.now() : this.#heardAt;
  }

  resumed() {
    this.#resuming = true;
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.#pausedAt = paused ? new Date() : null;
    this.#main.classList.toggle("paused", paused);
  }

  /** @param {boolean} failed whether the page could not show the newest message */
  failed(failed) {
    this.#failed = failed;
  }

  /** @param {string} note more to say below the sentence */
  draw(note) {
    const sentence = this.#current();
    if (sentence === null) return;
    this.#main.dataset.tone = sentence.tone;
    this.#main.dataset.connection = this.#connection();
    this.#main.dataset.fresh = String(this.#isFresh());
    setText(this.#state, sentence.text);
    if (this.#model !== null) setText(this.#detail, this.#details(this.#model, note));
    this.#announcer.announce(sentence);
  }

  #connection() {
    if (this.#lostAt !== null) return "lost";
    return this.#model === null ? "none" : "live";
  }

  #isFresh() {
    if (this.#lostAt !== null || this.#failed) return false;
    return this.#model === null || clusterSentence(this.#model, 0).fresh;
  }

  #current() {
    if (this.#failed)
      return { key: "failed", tone: "bad", text: "This page could not show the newest numbers. Reload it." };
    if (this.#lostAt !== null) return { key: "lost", tone: "wait", text: lostText(performance.now() - this.#lostAt) };
    if (this.#pausedAt !== null)
      return {
        key: "paused",
        tone: "still",
        text: `You paused this page at ${time(this.#pausedAt)}. Counting continues.`,
      };
    if (this.#resuming) return { key: "resuming", tone: "still", text: "Catching up." };
    return this.#model && clusterSentence(this.#model, this.elapsed);
  }

  /** @type {(model: PageModel, note: string) => string} */
  #details({ cluster }, note) {
    if (this.#lostAt !== null) return `The numbers are as of ${time(new Date(Date.now() - this.elapsed * 1000))}.`;
    return `${storeMessage(cluster.storeDetail)} ${note}`.trim();
  }
}

/** @param {number} lostMs */
function lostText(lostMs) {
  const since = lostMs < 2000 ? "just now" : `${duration(lostMs / 1000)} ago`;
  return `This page lost its connection ${since} and is reconnecting.`;
}

/** @param {Date} date */
function time(date) {
  return date.toLocaleTimeString("en-GB");
}

/**
 * Leaves an unchanged text alone, so that a selection in it stays.
 *
 * @type {(node: Element, text: string) => void}
 */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
