import type { Tag } from "./tag.ts";

/** Attributes of the tag, and what else of a site matters to it. */
export interface SiteTag {
  readonly site: string;
  /** `data-store`, `data-visitors`. */
  readonly store?: "none";
  readonly visitors?: "none";
  /** Whether its pages show numbers: then the script waits for an answer, and sends no beacon. */
  readonly shows: boolean;
}

/** What a page needs of its browser. Answers are those of `fetch`. */
export interface PageHost {
  readonly tag: Tag;
  readonly storage: Record<string, string>;
  now(): number;
  send(url: string): Promise<{ readonly ok: boolean; json(): Promise<unknown> }>;
}

type Listener = (event: { readonly persisted?: boolean }) => void;

/** One loaded page: a document with the tag in a window of its own, as far as the script can tell. */
export class Page {
  readonly #listeners = new Map<string, Listener[]>();
  readonly #entries: URL[];
  #at = 0;
  #prerendering: boolean;

  constructor(host: PageHost, { site, store, visitors, shows }: SiteTag, path: string, prerendering = false) {
    this.#entries = [new URL(path, `https://${site}`)];
    this.#prerendering = prerendering;
    const page = this;
    const dataset = { site, ...(store && { store }), ...(visitors && { visitors }) };
    host.tag.run({
      document: {
        currentScript: { src: "https://count.example/count.js", dataset },
        readyState: "complete",
        querySelector: () => (shows ? {} : null),
        querySelectorAll: () => [],
        addEventListener: this.#listen,
        get prerendering() {
          return page.#prerendering;
        },
      },
      location: {
        get pathname() {
          return page.#here.pathname;
        },
        get search() {
          return page.#here.search;
        },
      },
      localStorage: host.storage,
      navigator: {
        sendBeacon(url: URL) {
          host.send(String(url)).catch(() => {});
          return true;
        },
      },
      history: this.#history,
      fetch: (url: URL) => host.send(String(url)),
      addEventListener: this.#listen,
      Date: { now: () => host.now() },
    });
  }

  get #here(): URL {
    return this.#entries[this.#at] as URL;
  }

  /** The script puts its own `pushState` in the place of this one. */
  readonly #history = {
    pushState: (_state: unknown, _title: string, path: string) => {
      this.#entries.splice(this.#at + 1);
      this.#at = this.#entries.push(new URL(path, this.#here)) - 1;
    },
  };

  readonly #listen = (event: string, listener: Listener) => {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  };

  /** The path that its address bar shows. */
  get path(): string {
    return this.#here.pathname;
  }

  push(path: string): void {
    this.#history.pushState(null, "", path);
  }

  /** `history.replaceState`, which is no navigation. */
  replace(path: string): void {
    this.#entries[this.#at] = new URL(path, this.#here);
  }

  back(): void {
    if (this.#at === 0) return;
    this.#at--;
    this.#emit("popstate");
  }

  /** Shown after it was prerendered. */
  activate(): void {
    this.#prerendering = false;
    this.#emit("prerenderingchange");
  }

  /** Shown again from the back/forward cache. */
  showAgain(): void {
    this.#emit("pageshow", { persisted: true });
  }

  #emit(name: string, event = {}): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event);
  }
}
