import type { LedgerPosition, LedgerRef, Segment, SourceId } from "../../internal/core/log/batch.ts";
import type { ReadonlyCounts } from "../../internal/core/log/counts.ts";
import { SourceLog } from "../../internal/core/log/source_log.ts";
import type { HeldLog } from "../../internal/services/counter/held_log.ts";
import type { HitSet } from "./hit_names.ts";
import type { KeyedState } from "./keyed.ts";
import type { PaperDirectory, PaperDisk } from "./paper_disk.ts";
import type { VisitState } from "./visitors.ts";

/** A node and its disk as plain data, between two steps. */
export interface NodeState {
  /** Which machine it is: no two are ever the same part. */
  readonly node: number;
  readonly status: "up" | "down" | "gone";
  /** Source ids drawn on this machine so far. */
  readonly ids: number;
  /** Hits that arrived here so far, in all lives. */
  readonly arrived: number;
  /** Of those, the ones that arrived in this turn of the event loop and are not answered. */
  readonly turn: readonly string[];
  readonly draining: boolean;
  readonly keyed: KeyedState;
  readonly visits: VisitState;
  readonly own: PlainLog | null;
  readonly carried: readonly PlainLog[];
  readonly page: Page;
  readonly known: LedgerPosition | null;
  /** Sources whose receiver said yes. */
  readonly handedOver: readonly SourceId[];
  readonly disk: PaperDisk;
  /** Hits that this node holds: in memory while it is up, else on its disk. */
  readonly held: HitSet;
  /** Of those, the ones in logs of which nobody can tell whether the ledger has them. */
  readonly indeterminate: HitSet;
}

/** What `Tallies` says, and what people see of it. */
export interface Page {
  readonly ledger: LedgerPosition | null;
  /** Hits by name: committed as this node knows, and pending here. */
  readonly committed: HitSet;
  readonly pending: readonly (readonly [name: string, hits: number, unplaced: number])[];
  /** Generations of the counters that have a total. */
  readonly generations: readonly (readonly [name: string, generation: number])[];
}

export interface PlainLog {
  readonly id: SourceId;
  readonly formerly: readonly SourceId[];
  readonly region: string;
  readonly base: number;
  readonly firstOffer: LedgerRef | null;
  readonly shown: number;
  readonly segments: readonly Segment[];
  readonly open: ReadonlyCounts;
  readonly end: number;
  readonly closed: boolean;
  readonly indeterminate: boolean;
  readonly journaled: boolean;
  readonly visible: boolean;
  readonly ended: boolean;
  readonly placed: boolean;
  readonly ageUnknown: boolean;
  readonly gap: HeldLog["gap"];
  readonly born: LedgerRef | null | undefined;
}

export function plainLog({ log, journal, visible, ended, placed, ageUnknown, gap }: HeldLog): PlainLog {
  const { id, formerly, region, base, firstOffer, born, shown, segments, open, end, closed, indeterminate } = log;
  return {
    id,
    formerly,
    region,
    base,
    firstOffer: firstOffer && { id: firstOffer.id, version: firstOffer.version },
    shown,
    segments,
    open,
    end,
    closed,
    indeterminate,
    journaled: journal !== null,
    visible,
    ended,
    placed,
    ageUnknown,
    gap,
    born: born && { id: born.id, version: born.version },
  };
}

/** A copy that steps may change. */
export function liveLog(plain: PlainLog, directory: PaperDirectory): HeldLog {
  const log = new SourceLog(plain.id, plain.region, plain.base);
  const { firstOffer, shown, end, closed, indeterminate, journaled, visible, ended, placed, ageUnknown, gap } = plain;
  Object.assign(log, { firstOffer, born: plain.born, shown, end, closed, indeterminate });
  log.formerly = plain.formerly;
  log.segments = [...plain.segments];
  log.open = new Map(plain.open);
  return {
    log,
    journal: journaled ? directory.journal(plain.id) : null,
    visible,
    ended,
    placed,
    ageUnknown,
    // A closed log may have been handed off; that its yes was lost is no part of a state.
    handedOff: closed,
    ...(gap && { gap }),
  };
}

export const NO_PAGE: Page = { ledger: null, committed: 0, pending: [], generations: [] };
