import { botsOf, visitsOf } from "../../../core/visits/site_counters.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { clusterState, counterEvent } from "../events/state.ts";
import { inSlices } from "../in_slices.ts";
import type { Assets } from "./assets.ts";
import { type RenderedCluster, type RenderedPage, renderCluster, renderPage, type SiteNumbers } from "./render.ts";

/** A rendered page may be this old: its texts hold ages, and a cluster without a leader has no rounds. */
const MAX_AGE_MS = 1000;
/** Pages that are kept at a time. Strangers choose the names of counters, so there must be a limit. */
const MOST_KEPT = 256;
/** Pages rendered in one turn of the event loop. */
const SLICE = 1;

/** The pages of the counters. Each is rendered once a round: pages visited since the round before right away, the others when they are visited. */
export class PreparedPages {
  readonly #counting: Counting;
  readonly #clock: Clock;
  readonly #assets: Assets;
  #rendered: RenderedCluster | null = null;
  #renderedAt = 0;
  readonly #pages = new Map<string, RenderedPage>();
  #visited = new Set<string>();

  constructor(counting: Counting, clock: Clock, assets: Assets) {
    this.#counting = counting;
    this.#clock = clock;
    this.#assets = assets;
    counting.onRound(() => this.#prepare());
  }

  /** The page that a visitor gets. */
  visited(counter: string): RenderedPage {
    if (this.#clock.monotonic() - this.#renderedAt >= MAX_AGE_MS) this.#forget();
    if (!this.#visited.has(counter) && this.#visited.size < MOST_KEPT) this.#visited.add(counter);
    return this.#page(counter);
  }

  #prepare(): void {
    this.#forget();
    const counters = this.#visited;
    this.#visited = new Set();
    if (counters.size === 0) return;
    inSlices(
      this.#clock,
      this.#renderings(counters),
      (render) => render(),
      () => {},
      SLICE,
    );
  }

  /** First the part that all pages share. Ends early when a newer round has begun: its own preparation renders the pages then. */
  *#renderings(counters: Iterable<string>): Iterable<() => void> {
    yield () => void this.#cluster();
    const cluster = this.#rendered;
    for (const counter of counters) if (this.#rendered === cluster) yield () => void this.#page(counter);
  }

  #forget(): void {
    this.#rendered = null;
    this.#pages.clear();
  }

  #cluster(): RenderedCluster {
    if (this.#rendered === null) {
      this.#rendered = renderCluster(clusterState(this.#counting, this.#clock), this.#assets);
      this.#renderedAt = this.#clock.monotonic();
    }
    return this.#rendered;
  }

  /** Null if nothing is counted beside this counter: it is no site's. */
  #siteNumbers(counter: string): SiteNumbers | null {
    const [visits, bots] = [visitsOf(counter), botsOf(counter)].map((name) => this.#counting.read(name)?.value ?? null);
    return visits == null && bots == null ? null : { visits: visits ?? null, bots: bots ?? null };
  }

  #page(counter: string): RenderedPage {
    const known = this.#pages.get(counter);
    if (known !== undefined) return known;
    const event = counterEvent(this.#counting, counter);
    const page = renderPage(counter, event, this.#cluster(), this.#assets, this.#siteNumbers(counter));
    if (this.#pages.size >= MOST_KEPT) this.#pages.clear();
    this.#pages.set(counter, page);
    return page;
  }
}
