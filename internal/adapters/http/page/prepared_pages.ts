import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { clusterState, counterEvent } from "../events/state.ts";
import { inSlices } from "../in_slices.ts";
import type { Assets } from "./assets.ts";
import { type RenderedCluster, type RenderedPage, renderCluster, renderPage } from "./render.ts";

/** How old a rendered page may be, in milliseconds: its words hold ages, and a cluster without a leader has no rounds. */
const OLDEST = 1000;
/** Most pages that are kept ready at a time; strangers choose the names of counters. */
const MOST_KEPT = 256;
/** Pages that are rendered in one turn of the event loop. */
const SLICE = 1;

/** The counters' pages, each rendered once a round: right after it those that were visited since the one before, others when they are visited. */
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

  /** The page for a visit. */
  visited(counter: string): RenderedPage {
    if (this.#clock.monotonic() - this.#renderedAt >= OLDEST) this.#forget();
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

  /** What all have in common first; nothing more once it is forgotten, for another moment. */
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

  #page(counter: string): RenderedPage {
    const known = this.#pages.get(counter);
    if (known !== undefined) return known;
    const page = renderPage(counter, counterEvent(this.#counting, counter), this.#cluster(), this.#assets);
    if (this.#pages.size >= MOST_KEPT) this.#pages.clear();
    this.#pages.set(counter, page);
    return page;
  }
}
