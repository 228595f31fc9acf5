/** Milliseconds between two attempts, growing; each is drawn at random up to half longer, so that a node's pages do not come back all at once. */
const PAUSES = [400, 1000, 2000, 4000, 8000];
/** A stream that is silent for so long (in milliseconds) is dead, whether or not anyone said so: nodes speak every 2 s at least. */
const SILENCE = 6000;
/** Longest wait for the first message, in milliseconds, once the stream is there: it has every node, and the line may be slow. */
const FIRST_MESSAGE = 20_000;

/**
 * Follows the events of a counter, for as long as the page is visible: browsers allow six connections to a host, and hidden pages
 * would take them. `heard(message)` is called with the text of each message, `lost()` once when a connection that was there is gone, or cannot be had.
 */
export function follow(counter, { heard, lost, resumed }) {
  let source = null;
  let failures = 0;
  let timer = 0;

  function connect() {
    disconnect();
    if (document.hidden) return;
    source = new EventSource(`/v1/events?counter=${encodeURIComponent(counter)}`);
    source.onmessage = ({ data }) => {
      failures = 0;
      again(SILENCE, fail);
      heard(data);
    };
    source.addEventListener("leaving", ({ data }) => {
      disconnect();
      again(JSON.parse(data).retry, connect);
    });
    source.onerror = fail;
    source.onopen = () => again(FIRST_MESSAGE, fail);
    again(SILENCE, fail);
  }

  function fail() {
    disconnect();
    lost();
    const pause = PAUSES[Math.min(failures, PAUSES.length - 1)];
    failures += 1;
    again(pause * (1 + Math.random() / 2), connect);
  }

  function disconnect() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function again(milliseconds, action) {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) disconnect();
    else {
      resumed();
      connect();
    }
  });
  addEventListener("online", connect);
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", ({ persisted }) => persisted && connect());
  connect();
}
