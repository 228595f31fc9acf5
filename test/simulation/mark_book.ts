import { type Hour, hourAt } from "../../internal/core/days/hour.ts";
import type { Ledger } from "../../internal/core/ledger/ledger.ts";
import { type Mark, markOf, type Visitor } from "../../internal/core/marks/mark.ts";
import { dayOf, endOf, type Period, type PeriodKind, periodAt } from "../../internal/core/marks/period.ts";
import type { Life } from "./machine.ts";

/** Views of one visitor in one period, for one counter. */
interface VisitorBook {
  readonly counter: string;
  readonly period: Period;
  readonly visitor: Visitor;
  /** The processes that saw it, and the ledger that each knew then. */
  readonly views: { readonly life: Life; readonly ledger: string }[];
}

/** A visitor that a version of the ledger counts. */
export interface CountedVisitor {
  /** Names the visitor, the period and the counter. */
  readonly visit: string;
  readonly counter: string;
  /** The last one of its period. */
  readonly lastHour: Hour;
}

/**
 * Who visited, and in which period by the clock of the node that saw it. The ledger counts each visitor of a counter at most once in a
 * period, and nobody who did not visit. Who was seen by a process that still runs in the same ledger is counted.
 */
export class MarkBook {
  readonly #broken: (how: string) => void;
  readonly #visits = new Map<string, VisitorBook>();
  /** Visitors whose marks the ledger counted, and views that must have been counted and were. */
  counted = 0;
  certain = 0;

  constructor(broken: (how: string) => void) {
    this.#broken = broken;
  }

  /** A visitor is seen by `life`. `ledger`: id of the ledger that it knows; null: none that counts visitors. */
  sees(life: Life, counter: string, kind: PeriodKind, visitor: Visitor, ledger: string | null): void {
    const period = periodAt(kind, life.clock.wall());
    const visit = `${visitor.address} of ${counter} in ${period}`;
    const book = this.#visits.get(visit) ?? { counter, period, visitor, views: [] };
    this.#visits.set(visit, book);
    if (ledger !== null) book.views.push({ life, ledger });
  }

  /** The visitors whose marks `ledger` has and `before` had not. */
  counts(before: Ledger | null, ledger: Ledger): CountedVisitor[] {
    return [...ledger.marks.periods()].flatMap((period) => {
      const fresh = [...ledger.marks.from(period, 0)].filter((mark) => !before?.marks.has(period, mark));
      return fresh.flatMap((mark) => this.#visitOf(ledger, period, mark) ?? []);
    });
  }

  /** The store's ledger is taken away, or put back to an older one: who was seen before may not be counted any more. */
  lost(): void {
    for (const { views } of this.#visits.values()) views.splice(0);
  }

  /** Call at the end, when no mark waits any more. `visitors`: those that the ledger has counted. */
  check(ledger: Ledger, visitors: ReadonlySet<string>): void {
    for (const [visit, { period, views }] of this.#visits) {
      if (endOf(period) <= ledger.visitorsForgottenTo) continue;
      if (!views.some(({ life, ledger: id }) => id === ledger.id && keptAll(life))) continue;
      this.certain++;
      if (!visitors.has(visit)) this.#broken(`${visit} was seen by a process that still runs, and is not counted`);
    }
  }

  #visitOf({ marks }: Ledger, period: Period, mark: Mark): CountedVisitor | null {
    const secret = marks.secrets.get(dayOf(period));
    for (const [visit, book] of this.#visits) {
      if (secret === undefined || book.period !== period) continue;
      const { high, low } = markOf(secret, period, book.counter, book.visitor);
      if (high !== mark.high || low !== mark.low) continue;
      this.counted++;
      return { visit, counter: book.counter, lastHour: hourAt(endOf(period) - 1) };
    }
    this.#broken(`a visitor was counted in ${period} who was not there`);
    return null;
  }
}

/** Whether a process has kept every mark until a leader decided about it. */
function keptAll({ process, node, draining }: Life): boolean {
  const { markResults, marksWaiting, earlyVisits } = node.statistics();
  const { refused, no_room, no_secret } = markResults;
  const isDecided = marksWaiting === 0 && earlyVisits === 0;
  return process.alive && !draining && node.healthy() && isDecided && refused + no_room + no_secret === 0;
}
