import type { NodeRow } from "../../core/cluster/cluster_view.ts";
import type { KeyId } from "../../core/keys/idempotency_key.ts";
import type { Adjustment } from "../../core/ledger/adjustment.ts";
import type { Links } from "../../core/links/links.ts";
import type { Adjusting, AdjustmentOutcome, AuditPage } from "../../ports/adjusting.ts";
import type { Clock } from "../../ports/clock.ts";
import { PeerError, type Peers } from "../../ports/peers.ts";
import type { Store } from "../../ports/store.ts";
import type { ClusterCache } from "../counter/cluster_cache.ts";
import type { Leader } from "../leader/leader.ts";
import { readAudit } from "../ledger/read_audit.ts";
import type { CommitWaiters } from "./commit_waiters.ts";

export interface AdjusterDeps {
  readonly self: { readonly id: string };
  readonly clock: Clock;
  readonly store: Store;
  readonly peers: Pick<Peers, "adjust">;
  readonly clusterCache: ClusterCache;
  /** This node's leadership; null: it does not lead. */
  readonly leader: () => Leader | null;
  readonly commitWaiters: Pick<CommitWaiters, "waitForVersion">;
  readonly pending: (counter: string) => number;
  /** The links of the newest snapshot; null before the first. */
  readonly links: () => Links | null;
  /** The only counters that may exist; null: any. */
  readonly allowed: ReadonlySet<string> | null;
}

/** A request is answered after this time, whatever is known by then. */
const DEADLINE_MS = 10_000;
/** Pause before a leader is asked again. */
const RETRY_MS = 200;
/** What was done is shown here before it is answered, unless snapshots are late by more than this. */
const SHOWN_WITHIN_MS = 2_000;
/** States of the store in which a leader can be expected to commit. */
const COMMITTING: ReadonlySet<string> = new Set(["ok", "founding", "unknown"]);

const UNANSWERED = { done: "unknown", reason: "not-answered" } as const;
const NO_LEADER = { done: false, reason: "no-leader" } as const;

/**
 * Passes what people with the right `admin` ask this node for on to the present leader. A request whose answer is lost is sent
 * again, because all requests with one key are done once.
 */
export class Adjuster implements Adjusting {
  readonly #deps: AdjusterDeps;

  constructor(deps: AdjusterDeps) {
    this.#deps = deps;
  }

  async adjust(adjustment: Adjustment): Promise<AdjustmentOutcome> {
    const { clock, clusterCache, commitWaiters } = this.#deps;
    const foreign = this.#notAllowed(adjustment);
    if (foreign !== null) return { done: false, reason: "not-allowed", counter: foreign };
    if (!COMMITTING.has(clusterCache.store.store)) return { done: false, reason: "store-away" };
    const until = clock.monotonic() + DEADLINE_MS;
    let isUnknown = false;
    for (;;) {
      const outcome = await this.#askUntil(adjustment, until);
      if (outcome.done === true) await commitWaiters.waitForVersion(outcome.entry.generation, SHOWN_WITHIN_MS);
      if (outcome.done === true || (outcome.reason !== "no-leader" && outcome.reason !== "not-answered"))
        return isUnknown && outcome.done !== true ? this.#doubted(outcome) : outcome;
      isUnknown ||= outcome.done === "unknown";
      if (clock.monotonic() + RETRY_MS >= until) return { done: isUnknown ? "unknown" : false, reason: "not-answered" };
      await this.#sleep(RETRY_MS);
    }
  }

  audit(after: KeyId | null, limit: number): Promise<AuditPage> {
    return readAudit(this.#deps.store, after, limit, this.#deps.clock.wall());
  }

  pending(counter: string): number {
    return this.#deps.pending(counter);
  }

  links(): Links | null {
    return this.#deps.links();
  }

  /** An earlier attempt may still be done. Only a round that looked its key up and committed rules that out. */
  #doubted(outcome: Exclude<AdjustmentOutcome, { done: true }>): AdjustmentOutcome {
    const isSure =
      outcome.reason !== "store-away" && outcome.reason !== "upgrading" && outcome.reason !== "too-many-waiting";
    return isSure ? outcome : { done: "unknown", reason: "not-answered" };
  }

  #notAllowed({ change }: Adjustment): string | null {
    const { allowed } = this.#deps;
    if (allowed === null || change.action === "delete" || change.action === "unlink") return null;
    const counters = change.action === "import" ? change.lines.map(({ counter }) => counter) : [change.counter];
    return counters.find((counter) => !allowed.has(counter)) ?? null;
  }

  /** A leader that is replaced may never reply, and the next one knows what was done. */
  async #askUntil(adjustment: Adjustment, until: number): Promise<AdjustmentOutcome> {
    const { clock, clusterCache } = this.#deps;
    const { epoch } = clusterCache.view(null);
    let reply: AdjustmentOutcome | null = null;
    const asked = this.#ask(adjustment).then((outcome) => {
      reply = outcome;
      return outcome;
    });
    const abandoned = async () => {
      while (reply === null && clock.monotonic() < until && clusterCache.view(null).epoch === epoch)
        await this.#sleep(RETRY_MS);
      return reply ?? UNANSWERED;
    };
    return Promise.race([asked, abandoned()]);
  }

  async #ask(adjustment: Adjustment): Promise<AdjustmentOutcome> {
    const own = this.#deps.leader();
    if (own) return own.adjust(adjustment);
    const row = this.#leaderRow();
    if (row === null) return NO_LEADER;
    try {
      return await this.#deps.peers.adjust(row.peerAddress, adjustment);
    } catch (error) {
      if (error instanceof PeerError) return UNANSWERED;
      throw error;
    }
  }

  #leaderRow(): NodeRow | null {
    const { clusterCache, self } = this.#deps;
    const { leader } = clusterCache.view(null);
    return clusterCache.rows().find(({ id }) => id === leader && id !== self.id) ?? null;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#deps.clock.after(ms, resolve));
  }
}
