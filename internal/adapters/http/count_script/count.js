// Counts views and shows numbers. With data-site: of the site, of its pages, as visits and by visitors. Without: of one counter.
(() => {
  const { src, dataset } = /** @type {HTMLScriptElement} */ (document.currentScript);
  const site = "site" in dataset && (dataset.site || location.hostname);
  const key = `global-cluster:${site}`;
  const VISIT_MS = 18e5;
  const UNNOTED = { isVisit: false, takeBack() {} };
  // Path of the page that was counted last.
  let counted = "";

  /** @type {(place: HTMLElement, value: bigint) => string} */
  const format = (place, value) => {
    /** @type {any} */
    const options =
      place.dataset.format === "short" ? { notation: "compact", maximumFractionDigits: 1, roundingMode: "trunc" } : {};
    const language = site ? place.closest("[lang]")?.getAttribute("lang") : "";
    try {
      return value.toLocaleString(language || undefined, options);
    } catch {
      return value.toLocaleString(undefined, options);
    }
  };

  /** @type {(selector: string, numberOf: (place: HTMLElement) => any) => void} */
  const fill = (selector, numberOf) => {
    /** @type {NodeListOf<HTMLElement>} */
    const places = document.querySelectorAll(selector);
    for (const place of places) {
      const value = numberOf(place);
      if (value != null) place.textContent = format(place, BigInt(value));
    }
  };

  // Stores that there is a view: the time of a browser's newest one is all that is stored. Tells whether it is the first in 30 minutes.
  const noted = () => {
    const now = `${Date.now()}`;
    try {
      const before = localStorage[key];
      const age = +now - before;
      localStorage[key] = now;
      const takeBack = () => {
        if (localStorage[key] !== now) return;
        if (before) localStorage[key] = before;
        else delete localStorage[key];
      };
      return { isVisit: !(age >= 0 && age < VISIT_MS), takeBack };
    } catch {
      return UNNOTED;
    }
  };

  /** @type {(path: string, shows: any, takeBack?: () => void) => Promise<any>} */
  const send = async (path, shows, takeBack = UNNOTED.takeBack) => {
    const url = new URL(path, src);
    if (!shows && navigator.sendBeacon?.(url)) return {};
    const response = await fetch(url, { method: "POST", keepalive: true, credentials: "omit" });
    // Certainly nothing was counted. Without a response, nobody knows.
    if (!response.ok) takeBack();
    const result = await response.json();
    if (document.readyState === "loading") await new Promise((on) => addEventListener("DOMContentLoaded", on));
    return result;
  };

  const here = () => location.pathname + location.search;

  /** @type {(site: string) => Promise<void>} */
  const view = async (site) => {
    counted = here();
    const path = dataset.path || counted;
    // While the page loads, its elements may still come.
    const shows = document.readyState === "loading" || document.querySelector("[data-count]");
    const visitors = `${dataset.visitors !== "none"}`;
    const { isVisit, takeBack } = dataset.store === "none" ? UNNOTED : noted();
    const query = new URLSearchParams({ site, path, visit: `${isVisit}`, visitors });
    const { counts } = await send(`v1/visits?${query}`, shows, takeBack);
    if (counts) fill("[data-count]", ({ dataset: { count = "" } }) => counts[count]);
  };

  const hit = async () => {
    const { counter, target } = dataset;
    const { value } = await send(`v1/counters/${counter || "visits"}/hits`, target);
    if (target) fill(target, () => value);
  };

  const count = () => (site ? view(site) : hit()).catch(() => {});
  const moved = () => here() !== counted && count();

  const start = () => {
    count();
    if (!site) return;
    const push = history.pushState;
    history.pushState = function (...state) {
      push.apply(this, state);
      moved();
    };
    addEventListener("popstate", moved);
    addEventListener("pageshow", (event) => event.persisted && count());
  };

  if ("prerendering" in document && document.prerendering)
    document.addEventListener("prerenderingchange", start, { once: true });
  else start();
})();
