import type { Answer, Network, Sent } from "./network.ts";
import { Page, type SiteTag } from "./page.ts";
import type { Tag } from "./tag.ts";
import { type Traits, traitsOf } from "./traits.ts";

/** A browser of a population: its tabs, what it stores, its own clock. The pages in it run the real script. */
export class SimulatedBrowser {
  readonly number: number;
  readonly traits: Traits;
  /** Its clock, in milliseconds. */
  now: number;
  readonly tag: Tag;
  readonly storage: Record<string, string>;
  readonly #network: Network;
  #sent: Promise<Answer>[] = [];

  constructor(number: number, tag: Tag, network: Network, now: number) {
    this.number = number;
    this.traits = traitsOf(number);
    this.tag = tag;
    this.now = now;
    this.#network = network;
    this.storage = this.traits.stores ? {} : BLOCKED;
  }

  open(site: SiteTag, path: string, prerendering = false): Page {
    const host = {
      tag: this.tag,
      storage: this.storage,
      now: () => this.now,
      send: (url: string) => this.#post(new URL(url)),
    };
    return new Page(host, site, path, prerendering);
  }

  request(method: string, path: string): Promise<Answer> {
    return this.#network.send(this.#withHeaders(method, path));
  }

  /** Requests that pages have sent since the last call. */
  sent(): readonly Promise<Answer>[] {
    return this.#sent.splice(0);
  }

  async #post({ pathname, search }: URL) {
    const answer = this.#network.send(this.#withHeaders("POST", pathname + search));
    this.#sent.push(answer);
    const { status, body } = await answer;
    if (body === null) throw new TypeError("Failed to fetch");
    return { ok: status === 200, json: async () => JSON.parse(body) as unknown };
  }

  #withHeaders(method: string, path: string): Sent {
    return { method, path, headers: { ...this.traits.headers } };
  }
}

/** As a browser that blocks storage: each access throws. */
const BLOCKED = new Proxy<Record<string, string>>(
  {},
  {
    get() {
      throw new Error("access is denied for this document");
    },
  },
);
