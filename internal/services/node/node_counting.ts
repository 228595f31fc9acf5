import { HitHistory } from "../../core/cluster/hit_history.ts";
import type { CounterReading } from "../../ports/counting.ts";
import { ClusterCache } from "../counter/cluster_cache.ts";
import { type CounterState, Counters } from "../counter/counters.ts";
import { HeldLogs } from "../counter/held_logs.ts";
import { Hits } from "../counter/hits.ts";
import { KeyedHits } from "../counter/keyed_hits.ts";
import { Marks } from "../counter/marks.ts";
import { NodeDays, type ShownVersion } from "../counter/node_days.ts";
import { NodeLinks } from "../counter/node_links.ts";
import type { FailStop } from "./fail_stop.ts";
import type { NodeDeps } from "./node_deps.ts";

/** A counter of which a new node has not heard yet. */
const UNHEARD: CounterState = { committed: null, regions: new Map(), generation: 0, pending: 0, unplaced: 0 };

/**
 * What a node counts with: the hits, keyed hits and marks that it takes, and what it knows of the ledger and of the cluster. Each part keeps
 * its own rules; this class connects them. `LeaderSession` brings them what leaders say.
 */
export class NodeCounting {
  readonly counters: Counters;
  readonly heldLogs: HeldLogs;
  readonly hits: Hits;
  readonly keyedHits: KeyedHits;
  readonly marks: Marks;
  readonly days: NodeDays;
  readonly links = new NodeLinks();
  readonly history = new HitHistory();
  readonly clusterCache: ClusterCache;

  constructor(deps: NodeDeps, failStop: FailStop) {
    const { clock, random, logger, directory, self, settings } = deps;
    const { region } = self;
    const counters = new Counters(region, settings.leader.limits.reserved, random.id());
    this.counters = counters;
    this.heldLogs = new HeldLogs({ directory, random, region, counters, logger });
    this.hits = new Hits({
      halt: (error) => failStop.halt(error),
      heldLogs: this.heldLogs,
      counters,
      clock,
      logger,
      allowed: settings.allowed,
    });
    this.clusterCache = new ClusterCache(clock);
    const offering = { life: random.id(), region, counters, hits: this.hits, clock };
    this.keyedHits = new KeyedHits({ ...offering, clusterCache: this.clusterCache });
    this.marks = new Marks({ ...offering, logger });
    this.days = new NodeDays({ ...deps, shown: () => this.#shownVersion() });
  }

  /** See `Counting.read`. */
  read(counter: string): CounterReading | undefined {
    const state = this.counters.get(counter) ?? (this.counters.copying ? UNHEARD : undefined);
    if (!state) return undefined;
    const { ledger } = this.counters;
    const { committed, regions, generation, pending } = state;
    const asOf = ledger ? this.clusterCache.view(null).asOf : null;
    const value = committed === null ? null : committed + BigInt(pending);
    const version = ledger?.version ?? null;
    return { counter, value, committed, pending, regions, generation, version, asOf };
  }

  /** Answers what no log keeps: this process ends, or halted. */
  endOffers(): void {
    this.keyedHits.end();
    this.marks.end();
  }

  #shownVersion(): ShownVersion {
    return { version: this.counters.ledger?.version ?? 0, asOf: this.clusterCache.view(null).asOf ?? 0 };
  }
}
