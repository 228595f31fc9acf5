import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Network } from "./network.ts";
import type { Page, SiteTag } from "./page.ts";
import type { PlainCount } from "./plain_count.ts";
import { SimulatedBrowser } from "./simulated_browser.ts";
import type { Tag } from "./tag.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const VISIT_MS = 30 * MINUTE_MS;
/** What passes between two acts of one browser, on its own clock. */
const PAUSES_MS = [SECOND_MS, SECOND_MS, MINUTE_MS, VISIT_MS - 1, VISIT_MS, 3 * HOUR_MS];

/** A site of many pages, an application of one page, and a site that wants to know little. */
const BLOG: SiteTag = { site: "blog.example", shows: true };
const APP: SiteTag = { site: "app.example", shows: true };
const QUIET: SiteTag = { site: "quiet.example", shows: false, store: "none", visitors: "none" };
export const SITES: readonly SiteTag[] = [BLOG, APP, QUIET];
export const POSTS = 300;
const ROUTES = 20;
/** Badges that count an address and agent once. */
const BADGES = [
  { counter: "daily", query: "once=day", periodMs: DAY_MS },
  { counter: "hourly", query: "once=hour", periodMs: HOUR_MS },
] as const;
const WORKERS = 24;

/** One view that a person or a program makes, and what the plain count knows of it beforehand. */
interface View {
  readonly browser: SimulatedBrowser;
  readonly tag: SiteTag;
  /** Counter of the page. */
  readonly page: string;
  readonly isVisit: boolean;
  readonly again: () => Promise<void>;
  /** Call if the script has read that the view was not counted. */
  readonly takeBack: () => void;
}

export interface PopulationDeps {
  readonly tag: Tag;
  readonly network: Network;
  readonly plain: PlainCount;
  /** From 0 to 1. */
  readonly random: () => number;
  /** What all browsers' clocks show at first. */
  readonly now: number;
  /** After each act, so that a population does not come all at once. */
  readonly pauseMs: number;
}

interface Visitor {
  readonly browser: SimulatedBrowser;
  /** By site: when its newest view was, on its own clock. */
  readonly newest: Map<string, number>;
  post: { readonly page: Page; readonly number: number } | null;
  app: { readonly page: Page; readonly routes: number[] } | null;
}

/** Browsers that act on the sites, and a plain count of what they did. */
export class Population {
  readonly plain: PlainCount;
  /** What no node and no page should do. */
  readonly wrong: string[] = [];
  /** Answers by what they said. */
  readonly told = { counted: 0, setAside: 0, refused: 0, unanswered: 0 };
  readonly #random: () => number;
  readonly #pauseMs: number;
  readonly #visitors: readonly Visitor[];
  #next = 0;

  constructor(size: number, deps: PopulationDeps) {
    this.plain = deps.plain;
    this.#random = deps.random;
    this.#pauseMs = deps.pauseMs;
    this.#visitors = Array.from({ length: size }, (_, number) => ({
      browser: new SimulatedBrowser(number, deps.tag, deps.network, deps.now),
      newest: new Map(),
      post: null,
      app: null,
    }));
  }

  /** Sites must exist before programs come: those create none. */
  async found(): Promise<void> {
    const first = this.#visitors.find(({ browser }) => !browser.traits.isBot && !browser.traits.isPrivate)!;
    for (const tag of SITES) await this.#open(first, tag, "/", `${tag.site}/index`);
    for (const badge of BADGES) await this.#badge(first, badge);
  }

  /** Each browser acts, in turn, until each has had `turns` and `isOver` holds. */
  async browse(turns: number, isOver: () => boolean): Promise<void> {
    const end = this.#next + turns * this.#visitors.length;
    const busy = new Set<Visitor>();
    const work = async () => {
      while (this.#next < end || !isOver()) {
        const visitor = this.#visitors[this.#next++ % this.#visitors.length]!;
        if (busy.has(visitor)) continue;
        busy.add(visitor);
        await this.#act(visitor);
        busy.delete(visitor);
        if (this.#pauseMs > 0) await sleep(this.#pauseMs);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
  }

  /** Views again what only killed processes saw, `at` a time of the nodes' clock. */
  async restore(at: number): Promise<void> {
    const left = [...new Set(this.plain.forgotten(at))];
    const work = async () => {
      for (let view = left.pop(); view; view = left.pop()) await view();
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
  }

  async #act(visitor: Visitor): Promise<void> {
    const { browser } = visitor;
    browser.now += this.#pick(PAUSES_MS);
    const chance = this.#random();
    if (chance < 0.35) await this.#openPost(visitor, this.#nextPost(browser.number));
    else if (chance < 0.45) await this.#twoTabs(visitor);
    else if (chance < 0.55) await this.#reload(visitor);
    else if (chance < 0.78) await this.#useApp(visitor);
    else if (chance < 0.83) await this.#prerender(visitor);
    else if (chance < 0.89) await this.#open(visitor, QUIET, "/about", `${QUIET.site}/about`);
    else if (chance < 0.97) await this.#badge(visitor, this.#pick(BADGES));
    else await this.#heads(visitor);
  }

  /** All pages have a browser that begins there; most views are of a few. */
  #nextPost(number: number): number {
    return this.#random() < 0.3 ? number % POSTS : Math.floor(this.#random() ** 3 * POSTS);
  }

  async #openPost(visitor: Visitor, number: number): Promise<void> {
    const page = await this.#open(visitor, BLOG, this.#addressOf(number), `${BLOG.site}/posts/${number}`);
    visitor.post = { page, number };
  }

  /** The second tab opens before the first one's view is answered. */
  async #twoTabs(visitor: Visitor): Promise<void> {
    const both = [0, 1].map(() => {
      visitor.browser.now++;
      return this.#openPost(visitor, this.#nextPost(visitor.browser.number));
    });
    await Promise.all(both);
  }

  /** Loads the page of the newest tab again, or goes back to it: the browser had kept it. */
  async #reload(visitor: Visitor): Promise<void> {
    const { post } = visitor;
    if (post === null || this.#random() < 0.5) return this.#openPost(visitor, post?.number ?? 0);
    await this.#view(visitor, BLOG, `${BLOG.site}/posts/${post.number}`, () => post.page.showAgain());
  }

  async #useApp(visitor: Visitor): Promise<void> {
    if (visitor.app === null) {
      const page = await this.#open(visitor, APP, "/r0", `${APP.site}/r0`);
      visitor.app = { page, routes: [0] };
    }
    const { page, routes } = visitor.app;
    const here = routes.at(-1)!;
    const chance = this.#random();
    const counts = (route: number, act: () => void) => this.#view(visitor, APP, `${APP.site}/r${route}`, act);
    if (chance < 0.2)
      return this.#mustNotCount(
        visitor,
        () => page.push(`/r${here}#part`),
        () => routes.push(here),
      );
    if (chance < 0.3) return this.#mustNotCount(visitor, () => page.replace(`/r${here}#other`));
    if (chance < 0.5) {
      const before = routes.at(-2);
      if (before === undefined || before === here)
        return this.#mustNotCount(
          visitor,
          () => page.back(),
          () => routes.length > 1 && routes.pop(),
        );
      routes.pop();
      return counts(before, () => page.back());
    }
    const next = (here + 1 + Math.floor(this.#random() * (ROUTES - 1))) % ROUTES;
    routes.push(next);
    return counts(next, () => page.push(`/r${next}`));
  }

  /** A page that is loaded ahead counts when it is shown; most never are. */
  async #prerender(visitor: Visitor): Promise<void> {
    const number = this.#nextPost(visitor.browser.number);
    const page = visitor.browser.open(BLOG, this.#addressOf(number), true);
    await this.#mustNotCount(visitor, () => {});
    if (this.#random() < 0.6) return;
    visitor.browser.now += MINUTE_MS;
    await this.#view(visitor, BLOG, `${BLOG.site}/posts/${number}`, () => page.activate());
  }

  async #mustNotCount({ browser }: Visitor, act: () => void, after: () => unknown = () => {}): Promise<void> {
    act();
    after();
    const sent = browser.sent();
    if (sent.length > 0) this.wrong.push(`browser ${browser.number} sent ${sent.length} views too many`);
    await Promise.all(sent);
  }

  async #badge({ browser }: Visitor, { counter, query, periodMs }: (typeof BADGES)[number]): Promise<void> {
    const again = () => this.#badge({ browser } as Visitor, { counter, query, periodMs } as (typeof BADGES)[number]);
    const answer = await browser.request("GET", `/badge/${counter}.svg?${query}`);
    if (answer.body !== null && answer.status !== 200) this.#refused(answer);
    const { isBot, isPrivate, visitor } = browser.traits;
    if (isBot || isPrivate || (answer.body !== null && answer.status !== 200)) return;
    this.plain.see(counter, visitor, answer, periodMs, answer.body === null ? null : answer.life, again);
  }

  /** Programs that only look whether something is there. */
  async #heads({ browser }: Visitor): Promise<void> {
    await browser.request("HEAD", `/v1/visits?site=${BLOG.site}&path=/posts/0&visit=true`);
    await browser.request("HEAD", `/badge/daily.svg?once=day`);
    await browser.request("HEAD", `/c/${BLOG.site}`);
  }

  async #open(visitor: Visitor, tag: SiteTag, path: string, counter: string): Promise<Page> {
    let page: Page | undefined;
    await this.#view(visitor, tag, counter, () => {
      page = visitor.browser.open(tag, path);
    });
    return page as Page;
  }

  /** An act after which the script must send one view. */
  async #view(visitor: Visitor, tag: SiteTag, page: string, act: () => void): Promise<void> {
    const view = this.#begin(visitor, tag, page);
    act();
    const sent = visitor.browser.sent();
    if (sent.length !== 1) this.wrong.push(`browser ${visitor.browser.number} sent ${sent.length} views of ${page}`);
    for (const answer of sent) this.#note(view, await answer);
  }

  #begin(visitor: Visitor, tag: SiteTag, page: string): View {
    const { browser, newest } = visitor;
    const at = browser.now;
    const before = newest.get(tag.site);
    const stores = browser.traits.stores && tag.store !== "none";
    newest.set(tag.site, at);
    return {
      ...{ browser, tag, page },
      isVisit: stores && (before === undefined || at - before >= VISIT_MS),
      again: async () => {
        const path = page.slice(tag.site.length).replace(/^\/index$/, "/");
        browser.now += SECOND_MS;
        await this.#open(visitor, tag, path, page);
      },
      takeBack: () => {
        if (newest.get(tag.site) !== at) return;
        if (before === undefined) newest.delete(tag.site);
        else newest.set(tag.site, before);
      },
    };
  }

  #note(view: View, answer: Answer): void {
    const { browser, tag, page } = view;
    const { isBot, isPrivate, visitor } = browser.traits;
    const isCertain = answer.body !== null;
    if (isCertain && answer.status !== 200) {
      this.#refused(answer);
      // A beacon's answer is not read.
      if (tag.shows) view.takeBack();
      return;
    }
    this.told[!isCertain ? "unanswered" : isBot ? "setAside" : "counted"]++;
    const { counted } = (isCertain ? JSON.parse(answer.body) : { counted: !isBot }) as { counted: boolean };
    if (counted === isBot) this.wrong.push(`counted: ${counted}, to ${JSON.stringify(browser.traits.headers)}`);
    const hit = (counter: string) => this.plain.hit(counter, answer, isCertain);
    if (isBot) return hit(`${tag.site}/_bots`);
    hit(tag.site);
    hit(page);
    if (view.isVisit) hit(`${tag.site}/_visits`);
    if (isPrivate || tag.visitors === "none") return;
    for (const counter of [tag.site, page])
      this.plain.see(`${counter}/_visitors`, visitor, answer, DAY_MS, isCertain ? answer.life : null, view.again);
  }

  /** 503: nothing was counted, for example because the node has not heard a leader yet. 408: a machine stood still. */
  #refused({ status, body }: Answer): void {
    this.told.refused++;
    if (status !== 503 && status !== 408) this.wrong.push(`status ${status}: ${body}`);
  }

  /** Addresses that lead to the same page. */
  #addressOf(number: number): string {
    const variants = ["", "/", "/index.html", "?utm_source=feed", "?fbclid=x&ref=y", "#end"];
    return `/${this.#random() < 0.1 ? "Posts" : "posts"}/${number}${this.#pick(variants)}`;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }
}
