/** Pauses between attempts. Each is up to half longer, at random, so that a node's pages do not all return at once. */
const PAUSES_MS = [400, 1000, 2000, 4000];
const LONGEST_PAUSE_MS = 8000;
/** A stream that is silent for this long is dead, even if nothing closed it: nodes send a message at least every 2 s. */
const SILENCE_MS = 6000;
/** Longest wait for the first message once the stream is open: it has every node, and the line may be slow. */
const FIRST_MESSAGE_MS = 20_000;

/**
 * `message`: the text of each message. `lost`: a connection is gone or cannot be opened. `resumed`: the page is visible again.
 *
 * @typedef {{ message: (data: string) => void, lost: () => void, resumed: () => void }} StreamListener
 */

/**
 * The events of a counter, while the page is visible: browsers allow six connections to a host, and hidden pages would occupy them.
 */
export class EventStream {
  #url;
  #listener;
  /** @type {EventSource | null} */
  #source = null;
  #failures = 0;
  #timer = 0;

  /**
   * @param {string} counter
   * @param {StreamListener} listener
   */
  constructor(counter, listener) {
    this.#url = `/v1/events?counter=${encodeURIComponent(counter)}`;
    this.#listener = listener;
  }

  start() {
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    addEventListener("online", () => this.#connect());
    addEventListener("pagehide", () => this.#disconnect());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#connect());
    this.#connect();
  }

  #visibilityChanged() {
    if (document.hidden) return this.#disconnect();
    this.#listener.resumed();
    this.#connect();
  }

  #connect() {
    this.#disconnect();
    if (document.hidden) return;
    const source = new EventSource(this.#url);
    source.onmessage = ({ data }) => this.#received(data);
    source.addEventListener("leaving", ({ data }) => this.#leave(data));
    source.onerror = () => this.#fail();
    source.onopen = () => this.#schedule(FIRST_MESSAGE_MS, () => this.#fail());
    this.#source = source;
    this.#schedule(SILENCE_MS, () => this.#fail());
  }

  /** @param {string} data */
  #received(data) {
    this.#failures = 0;
    this.#schedule(SILENCE_MS, () => this.#fail());
    this.#listener.message(data);
  }

  /** @param {string} data a LeavingMessage of events/messages.ts */
  #leave(data) {
    this.#disconnect();
    this.#schedule(JSON.parse(data).retry, () => this.#connect());
  }

  #fail() {
    this.#disconnect();
    this.#listener.lost();
    const pause = PAUSES_MS[this.#failures] ?? LONGEST_PAUSE_MS;
    this.#failures += 1;
    this.#schedule(pause * (1 + Math.random() / 2), () => this.#connect());
  }

  #disconnect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** @type {(delayMs: number, action: () => void) => void} */
  #schedule(delayMs, action) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(action, delayMs);
  }
}
