import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ViewJson } from "../../internal/adapters/http/visits/view_response.ts";

const HALF_HOUR_MS = 30 * 60_000;
/** A node that was started again takes names with slashes from its first snapshot on. */
const REFUSED_PAUSE_MS = 200;
const PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const CRAWLER = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)";

/** What became of the views of one counter. */
export interface Told {
  /** The node said that they are counted. */
  acknowledged: number;
  /** The connection broke: nobody can tell. */
  unanswered: number;
}

interface SimulatedBrowser {
  readonly isBot: boolean;
  /** Its clock, in milliseconds, and when its newest view was. */
  now: number;
  last: number;
}

/**
 * Simulated browsers on a site. Each opens pages, reloads them and opens tabs, on a clock of its own that it moves on; some are programs. They
 * keep a plain count of what was acknowledged, by counter.
 */
export class Visitors {
  readonly told = new Map<string, Told>();
  /** Views that were certainly not counted. */
  refused = 0;
  readonly #site: string;
  readonly #url: string;
  readonly #random: () => number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #browsers: SimulatedBrowser[];
  #stopped = false;

  constructor(url: string, site: string, count: number, random: () => number) {
    this.#url = url;
    this.#site = site;
    this.#random = random;
    const browser = (at: number) => ({ isBot: at % 10 === 0, now: 0, last: Number.NEGATIVE_INFINITY });
    this.#browsers = Array.from({ length: count }, (_, at) => browser(at));
  }

  /** Each browser opens `views` pages, `atOnce` browsers at the same time. */
  async browse(views: number, atOnce: number): Promise<void> {
    const turns = this.#browsers.flatMap((browser) => Array.from({ length: views }, () => browser));
    const next = async () => {
      for (let browser = turns.shift(); browser && !this.#stopped; browser = turns.shift()) await this.#act(browser);
    };
    await Promise.all(Array.from({ length: atOnce }, next));
  }

  stop(): void {
    this.#stopped = true;
    this.#agent.destroy();
  }

  /** The plain count. */
  of(counter: string): Told {
    return this.told.get(counter) ?? { acknowledged: 0, unanswered: 0 };
  }

  /** A reload or a second tab comes at once; another page after minutes or hours. */
  async #act(browser: SimulatedBrowser): Promise<void> {
    const path = `/posts/${Math.floor(this.#random() ** 2 * 40)}`;
    const times = this.#random() < 0.3 ? 2 : 1;
    for (let time = 0; time < times; time++) await this.#view(browser, path);
    browser.now += this.#random() < 0.2 ? 2 * HALF_HOUR_MS : 60_000;
  }

  async #view(browser: SimulatedBrowser, path: string): Promise<void> {
    const isVisit = browser.now - browser.last >= HALF_HOUR_MS;
    const before = browser.last;
    browser.last = browser.now;
    const { site, page } = { site: this.#site, page: `${this.#site}${path}` };
    const ofPerson = isVisit ? [site, page, `${site}/_visits`] : [site, page];
    const counters = browser.isBot ? [`${site}/_bots`] : ofPerson;
    const outcome = await this.#send(`/v1/visits?site=${site}&path=${path}&visit=${isVisit}`, browser.isBot);
    if (outcome === "refused") {
      this.refused++;
      browser.last = before;
      await sleep(REFUSED_PAUSE_MS);
    } else for (const counter of counters) this.#note(counter, outcome);
  }

  #note(counter: string, outcome: keyof Told): void {
    const told = this.of(counter);
    told[outcome]++;
    this.told.set(counter, told);
  }

  #send(path: string, isBot: boolean): Promise<keyof Told | "refused"> {
    const headers = { "user-agent": isBot ? CRAWLER : PERSON };
    return new Promise((resolve) => {
      const sent = request(`${this.#url}${path}`, { method: "POST", headers, agent: this.#agent }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("error", () => resolve("unanswered"));
        response.on("end", () => resolve(this.#outcomeIn(text, isBot)));
      });
      sent.on("error", (error: NodeJS.ErrnoException) =>
        resolve(error.code === "ECONNREFUSED" ? "refused" : "unanswered"),
      );
      sent.end();
    });
  }

  /** A program's view is counted, too, as soon as there is a site. */
  #outcomeIn(text: string, isBot: boolean): keyof Told | "refused" {
    try {
      const { counted, counts } = JSON.parse(text) as Partial<ViewJson>;
      if (isBot) return counts !== undefined && counts.site !== 0 ? "acknowledged" : "refused";
      return counted === true ? "acknowledged" : "refused";
    } catch {
      return "unanswered";
    }
  }
}
