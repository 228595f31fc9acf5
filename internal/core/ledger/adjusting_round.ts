import { type KeyId, timeOfKey } from "../keys/idempotency_key.ts";
import { changedLinks, fitsLimits } from "../links/links.ts";
import {
  type Adjustment,
  type AuditEntry,
  type DeleteCounter,
  type ImportCounters,
  type ImportedPart,
  type ImportLine,
  MAX_ADJUSTED_TOTAL,
  type RemoveLink,
  type SetCounter,
  type SetLink,
} from "./adjustment.ts";
import { auditEntryOf, auditName, contentOfChange, encodeAuditEntry } from "./audit_entries.ts";
import { type AuditLimits, type AuditRecord, isOver, pruned } from "./audit_state.ts";
import { OTHER_REGION } from "./counter_total.ts";
import type { Ledger } from "./ledger.ts";
import { totalOf } from "./ledger.ts";
import type { LedgerDraft } from "./ledger_draft.ts";

/** An adjustment that waits at the leader. */
export interface AdjustmentOffer {
  /** Names it within the leadership. */
  readonly number: number;
  readonly adjustment: Adjustment;
}

/** What became of an offer. */
export type AdjustmentVerdict =
  /** `duplicate`: it was done before. */
  | { readonly kind: "done"; readonly duplicate: boolean; readonly entry: AuditEntry }
  | { readonly kind: "generation"; readonly generation: number }
  | { readonly kind: "too-large"; readonly counter: string; readonly line: number | null }
  | { readonly kind: "reused" | "expired" | "ahead" | "too-many-counters" | "too-many-links" | "too-many-deleted" };

/** What a leader says of a round's adjustments. */
export interface AdjustingTerms {
  /** The offers, in the order in which they reached the leader. */
  readonly offers: readonly AdjustmentOffer[];
  /** Entries of keys that were offered, as the store had them when it already had the ledger of this plan. */
  readonly known: ReadonlyMap<KeyId, AuditEntry>;
  /** The entries with the lowest keys, in their order, if some must be pruned. */
  readonly oldest: readonly AuditRecord[];
  readonly limits: AuditLimits;
  /** The leader's wall clock, in milliseconds since 1970. */
  readonly wall: number;
  /** Counters that may be created, beside those that are reserved. */
  readonly room: number;
  /** Counters that always have a place. */
  readonly reserved: ReadonlySet<string>;
}

/** A key that is further ahead of the leader's clock is not taken: it would be among the newest for as long. */
const MAX_AHEAD_MS = 60_000;

/**
 * Does a round's adjustments in `draft`, which already has the hits of the round (docs/protocol.md, Adjustments). Returns the verdicts by
 * number. They hold once the draft is committed, or, if there was nothing to write, at once. Offers without a verdict have their turn later.
 */
export function foldAdjustments(
  draft: LedgerDraft,
  ledger: Ledger,
  terms: AdjustingTerms,
): Map<number, AdjustmentVerdict> {
  const verdicts = new Map<number, AdjustmentVerdict>();
  if (terms.offers.length > 0 && isOver(draft.audit, terms.limits)) {
    draft.audit = pruned(draft.audit, terms.oldest, terms.limits);
    draft.dirty = true;
  }
  const folding = new AdjustmentFolding(draft, ledger, terms);
  for (const { number, adjustment } of terms.offers) {
    const verdict = folding.fold(adjustment);
    if (verdict !== null) verdicts.set(number, verdict);
  }
  return verdicts;
}

/** One round's adjustments, one after the other. */
class AdjustmentFolding {
  readonly #draft: LedgerDraft;
  readonly #terms: AdjustingTerms;
  /** Adjustments that this draft does, by their keys. */
  readonly #done = new Map<KeyId, AuditEntry>();
  /** Counters that this draft sets or deletes. A second change waits: generations of one version could not tell them apart. */
  readonly #replaced = new Set<string>();
  #room: number;
  /** The sum of all totals. */
  #sum: bigint;

  constructor(draft: LedgerDraft, ledger: Ledger, terms: AdjustingTerms) {
    this.#draft = draft;
    this.#terms = terms;
    this.#sum = ledger.totals.sum + draft.added;
    const made = [...draft.changed].filter(([counter, total]) => total !== null && !ledger.totals.has(counter));
    this.#room = terms.room - made.filter(([counter]) => this.#takesRoom(counter)).length;
  }

  fold(adjustment: Adjustment): AdjustmentVerdict | null {
    const { key, change } = adjustment;
    const known = this.#terms.known.get(key) ?? this.#done.get(key);
    if (known)
      return known.content === contentOfChange(change)
        ? { kind: "done", duplicate: true, entry: known }
        : { kind: "reused" };
    if (key <= (this.#draft.audit.prunedTo ?? "")) return { kind: "expired" };
    if (timeOfKey(key) > this.#terms.wall + MAX_AHEAD_MS) return { kind: "ahead" };
    switch (change.action) {
      case "import":
        return this.#doImport(adjustment, change);
      case "link":
      case "unlink":
        return this.#link(adjustment, change);
      default:
        return this.#replace(adjustment, change);
    }
  }

  #link(adjustment: Adjustment, change: SetLink | RemoveLink): AdjustmentVerdict | null {
    const { counter } = change;
    // A counter that this draft deletes must not be made again in the same version.
    if (this.#replaced.has(counter)) return null;
    const { links } = this.#draft;
    const to = change.action === "link" ? change.url : null;
    if (to !== null && !fitsLimits(changedLinks(links, new Map([[counter, to]])))) return { kind: "too-many-links" };
    const made = to !== null && this.#draft.totalOf(counter) === null;
    if (made && !this.#takeRoom(this.#takesRoom(counter) ? 1 : 0)) return { kind: "too-many-counters" };
    if (made) {
      this.#draft.replace(counter, new Map([[OTHER_REGION, 0n]]));
      this.#replaced.add(counter);
    }
    this.#draft.setLink(counter, to);
    const total = this.#totalOf(counter);
    const linked = { from: links.get(counter) ?? null, to };
    return this.#record(adjustment, { before: total, after: total, imported: null, linked });
  }

  #replace(adjustment: Adjustment, change: SetCounter | DeleteCounter): AdjustmentVerdict | null {
    const { counter, ifMatch } = change;
    if (this.#replaced.has(counter)) return null;
    const total = this.#draft.totalOf(counter);
    const generation = total?.generation ?? 0;
    if (ifMatch !== null && ifMatch !== generation) return { kind: "generation", generation };
    const before = total ? totalOf([total.regions]) : 0n;
    const after = change.action === "set" ? change.value : 0n;
    if (!this.#fits(after - before)) return { kind: "too-large", counter, line: null };
    const made = change.action === "set" && total === null && this.#takesRoom(counter) ? 1 : 0;
    if (!this.#takeRoom(made)) return { kind: "too-many-counters" };
    if (change.action === "delete" && !this.#draft.days.mayDelete(counter)) return { kind: "too-many-deleted" };
    const regions = change.action === "set" ? new Map([[change.region ?? OTHER_REGION, after]]) : null;
    if (total !== null || regions !== null) this.#draft.replace(counter, regions);
    this.#replaced.add(counter);
    this.#sum += after - before;
    return this.#record(adjustment, { before, after, imported: null, linked: null });
  }

  #doImport(adjustment: Adjustment, change: ImportCounters): AdjustmentVerdict | null {
    const { lines, mode } = change;
    if (lines.some(({ counter }) => this.#replaced.has(counter))) return null;
    const plan = this.#planImport(change);
    if ("kind" in plan) return plan;
    const counters = new Map<string, bigint>();
    for (const { counter } of plan.taken) counters.set(counter, this.#totalOf(counter));
    let before = 0n;
    for (const total of counters.values()) before += total;
    const added = sumOf(plan.taken);
    for (const { counter, value, region } of plan.taken)
      if (mode === "add") this.#draft.adjustBy(counter, region ?? OTHER_REGION, value);
      else this.#draft.replace(counter, new Map([[region ?? OTHER_REGION, value]]));
    this.#sum += added;
    const imported: ImportedPart = {
      line: change.line,
      lines: lines.length,
      counters: counters.size,
      skipped: lines.length - plan.taken.length,
    };
    return this.#record(adjustment, { before, after: before + added, imported, linked: null });
  }

  /** The lines that count, or why none of them may. */
  #planImport({ lines, mode, line }: ImportCounters): { readonly taken: readonly ImportLine[] } | AdjustmentVerdict {
    const added = new Map<string, bigint>();
    let made = 0;
    let sum = 0n;
    const taken: ImportLine[] = [];
    for (const [at, one] of lines.entries()) {
      const { counter, value } = one;
      const exists = this.#draft.totalOf(counter) !== null || added.has(counter);
      if (mode === "absent" && exists) continue;
      if (!exists && this.#takesRoom(counter)) made++;
      added.set(counter, (added.get(counter) ?? 0n) + value);
      sum += value;
      if (!this.#fits(sum)) return { kind: "too-large", counter, line: line + at };
      taken.push(one);
    }
    if (!this.#takeRoom(made)) return { kind: "too-many-counters" };
    return { taken };
  }

  /** Whether the sum of all totals, and so each of them, stays within what may be made. */
  #fits(more: bigint): boolean {
    return more <= 0n || this.#sum + more <= MAX_ADJUSTED_TOTAL;
  }

  #takesRoom(counter: string): boolean {
    return !this.#terms.reserved.has(counter);
  }

  #takeRoom(counters: number): boolean {
    if (counters > Math.max(0, this.#room)) return false;
    this.#room -= counters;
    return true;
  }

  #totalOf(counter: string): bigint {
    const total = this.#draft.totalOf(counter);
    return total ? totalOf([total.regions]) : 0n;
  }

  #record(
    adjustment: Adjustment,
    done: Pick<AuditEntry, "before" | "after" | "imported" | "linked">,
  ): Extract<AdjustmentVerdict, { kind: "done" }> {
    const { audit, audited, version } = this.#draft;
    const entry = auditEntryOf(adjustment, { at: Math.floor(this.#terms.wall), generation: version, ...done });
    const name = auditName(entry.key);
    const bytes = encodeAuditEntry(entry);
    audited.set(name, bytes);
    this.#draft.audit = {
      ...audit,
      entries: audit.entries + 1,
      bytes: audit.bytes + name.length + bytes.length,
    };
    this.#draft.dirty = true;
    this.#done.set(entry.key, entry);
    return { kind: "done", duplicate: false, entry };
  }
}

function sumOf(lines: readonly ImportLine[]): bigint {
  return lines.reduce((sum, { value }) => sum + value, 0n);
}
