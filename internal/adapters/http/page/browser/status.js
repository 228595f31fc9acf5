import { Announcer } from "./announcer.js";
import { clusterState, storeWords } from "./cluster_state.js";
import { duration } from "./format.js";

/** The sentence about the cluster and about this page, and the particulars below it. */
export class Status {
  #main;
  #state;
  #detail;
  #announcer;
  #model = null;
  /** All in milliseconds of this page's life: when `#model` was heard, and since when the connection is lost (null: it is there). */
  #heardAt = 0;
  #lostAt = null;
  #pausedAt = null;
  /** No word since the page was shown again. */
  #resuming = false;
  #failed = false;

  constructor(main) {
    const find = (id) => main.querySelector(`#${id}`);
    this.#main = main;
    this.#state = find("state");
    this.#detail = find("detail");
    this.#announcer = new Announcer(find("announcement"));
  }

  get paused() {
    return this.#pausedAt !== null;
  }

  /** Seconds since the last word. */
  get elapsed() {
    return (performance.now() - this.#heardAt) / 1000;
  }

  heard(model) {
    this.#model = model;
    this.#heardAt = performance.now();
    this.#lostAt = null;
    this.#resuming = false;
  }

  /** Lost with its last word, if it was there: a connection may be dead long before anyone says so. */
  lost() {
    this.#lostAt ??= this.#model === null || this.#resuming ? performance.now() : this.#heardAt;
  }

  resumed() {
    this.#resuming = true;
  }

  pause(paused) {
    this.#pausedAt = paused ? new Date() : null;
    this.#main.classList.toggle("paused", paused);
  }

  /** Whether the page could not draw what it heard last. */
  failed(failed) {
    this.#failed = failed;
  }

  /** `note`: what else there is to say. */
  draw(note) {
    const state = this.#current();
    if (state === null) return;
    this.#main.dataset.tone = state.tone;
    this.#main.dataset.connection = this.#connection();
    this.#main.dataset.fresh = String(this.#fresh());
    setText(this.#state, state.text);
    if (this.#model !== null) setText(this.#detail, this.#particulars(note));
    this.#announcer.tell(state);
  }

  #connection() {
    if (this.#lostAt !== null) return "lost";
    return this.#model === null ? "none" : "live";
  }

  #fresh() {
    if (this.#lostAt !== null || this.#failed) return false;
    return this.#model === null || clusterState(this.#model, 0).fresh;
  }

  #current() {
    if (this.#failed)
      return { key: "failed", tone: "bad", text: "This page could not show the newest numbers; reload it." };
    if (this.#lostAt !== null) return { key: "lost", tone: "wait", text: lostWords(performance.now() - this.#lostAt) };
    if (this.#pausedAt !== null)
      return { key: "paused", tone: "still", text: `Paused by you at ${time(this.#pausedAt)}. Counting goes on.` };
    if (this.#resuming) return { key: "resuming", tone: "still", text: "Catching up." };
    return this.#model && clusterState(this.#model, this.elapsed);
  }

  #particulars(note) {
    if (this.#lostAt !== null) return `The numbers are as of ${time(new Date(Date.now() - this.elapsed * 1000))}.`;
    return `${storeWords(this.#model.cluster.storeDetail)} ${note}`.trim();
  }
}

function lostWords(milliseconds) {
  const since = milliseconds < 2000 ? "just now" : `${duration(milliseconds / 1000)} ago`;
  return `This page lost its connection ${since} and is trying again.`;
}

function time(date) {
  return date.toLocaleTimeString("en-GB");
}

/** Leaves an unchanged text alone, so that a selection in it stays. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
