import type { AdjustingTerms } from "../../core/ledger/adjusting_round.ts";
import type { KeyedTerms, KeyLimits } from "../../core/ledger/keyed_round.ts";
import type { Ledger } from "../../core/ledger/ledger.ts";
import type { MarkedTerms, MarkLimits } from "../../core/ledger/mark_round.ts";
import type { RoundTerms } from "../../core/ledger/plan_terms.ts";
import type { KeyedLedger } from "../../core/ledger/snapshot.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import type { AdjustmentQueue } from "./adjustment_queue.ts";
import type { Followers } from "./followers.ts";
import { FormatConsent } from "./format_consent.ts";

export interface FormatTermsDeps {
  readonly self: { readonly id: string };
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: { readonly keys: KeyLimits; readonly marks: MarkLimits; readonly conversionDelay: number };
  readonly followers: Followers;
  readonly adjustments: AdjustmentQueue;
}

/**
 * What rounds may do beside counting batches. Programs that know only format 1 could not read a ledger with keys, marks or adjustments, so a
 * ledger of that format gets none until all nodes know format 2 (docs/protocol.md, Convert).
 */
export class FormatTerms {
  readonly #deps: FormatTermsDeps;
  readonly #consent: FormatConsent;

  constructor(deps: FormatTermsDeps) {
    this.#deps = deps;
    this.#consent = new FormatConsent(deps.settings.conversionDelay);
  }

  /** Whether the ledger must be converted now. Call once a round. */
  isConversionDue(ledger: Ledger): boolean {
    return this.#consent.isGiven(this.#deps.followers, this.#deps.clock.monotonic()) && !ledger.layout;
  }

  /** Names of some of the nodes for which the conversion waits. */
  get waitsFor(): string[] {
    return this.#consent.waitsFor(this.#deps.followers);
  }

  /** The adjustments of the next plan; null while nothing may be adjusted. */
  async prepare(ledger: Ledger): Promise<AdjustingTerms | null> {
    return ledger.layout ? this.#deps.adjustments.prepare(ledger) : null;
  }

  /** `prepared`: see `prepare`. Since then, some requests may have gone. */
  of(ledger: Ledger, prepared: AdjustingTerms | null): RoundTerms {
    const adjusting = prepared && this.#deps.adjustments.stillWaiting(prepared);
    return { keyed: this.#keyed(ledger), adjusting, marked: this.#marked(ledger) };
  }

  /** What nodes may do with keyed hits. */
  keyedLedger(ledger: Ledger): KeyedLedger {
    if (ledger.layout) return { forgottenTo: ledger.keysForgottenTo, waitsFor: [] };
    return { forgottenTo: null, waitsFor: this.waitsFor };
  }

  #keyed({ layout }: Ledger): KeyedTerms | null {
    const { clock, self, settings } = this.#deps;
    return layout ? { ...settings.keys, wall: clock.wall(), node: self.id } : null;
  }

  #marked({ layout }: Ledger): MarkedTerms | null {
    const { clock, self, settings, random } = this.#deps;
    const newSecret = () => random.id() + random.id();
    return layout ? { ...settings.marks, wall: clock.wall(), node: self.id, newSecret } : null;
  }
}
