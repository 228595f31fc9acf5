import type { ServerResponse } from "node:http";
import type { Visitor } from "../../../core/marks/mark.ts";
import { botsOf, otherPagesOf, visitsOf } from "../../../core/visits/site_counters.ts";
import { visitorsOf } from "../../../core/visits/visitors.ts";
import type { CounterValue, Counting, HitsOutcome } from "../../../ports/counting.ts";
import { BoundedMap } from "../bounded_map.ts";
import { leaveIfDraining } from "../connections/draining.ts";
import type { PeriodHits } from "../history/period_hits.ts";
import type { Origins } from "../origins.ts";
import { sendProblem } from "../problem.ts";
import { uncountedHit } from "../problems.ts";
import { ReusedHead } from "../reused_head.ts";
import { type TotalJson, totalText } from "../totals_json.ts";
import type { View } from "./view_query.ts";

/** What a view's response has. More counts may come: clients must ignore those that they do not know. */
export interface ViewJson {
  readonly site: string;
  /** The page's counter; null: the site has as many pages as it may, and the view counts for `<site>/_other`. */
  readonly page: string | null;
  /** Whether the view is counted. False: a program sent it. */
  readonly counted: boolean;
  readonly counts: {
    readonly page: TotalJson;
    readonly site: TotalJson;
    readonly visits: TotalJson;
    /** Those of the site. This view is not in it yet. */
    readonly visitors: TotalJson;
    /** Views of the page that were committed today (UTC): this one is not in it yet. Null: not known, or the page has no counter. */
    readonly today: TotalJson;
  };
}

interface ViewDeps {
  readonly counting: Counting;
  readonly periodHits: PeriodHits;
  readonly visitorTexts: VisitorTexts;
  readonly origins: Origins;
}

/** Counts views of one page that are alike, and responds. What does not change from view to view is prepared in it. */
export class ViewResponse {
  readonly view: View;
  /** The counters of a view: its site, its page and perhaps visits. */
  readonly counters: readonly string[];
  readonly #counting: Counting;
  readonly #periodHits: PeriodHits;
  readonly #visitorTexts: VisitorTexts;
  readonly #origins: Origins;
  readonly #head: ReusedHead;
  /** The counters of the visitors of its site and its page. */
  readonly #visitors: readonly string[];

  constructor({ counting, periodHits, visitorTexts, origins }: ViewDeps, view: View) {
    this.view = view;
    this.counters = countersOf(view, view.page);
    this.#visitors = [visitorsOf(view.site), visitorsOf(view.page)];
    this.#counting = counting;
    this.#periodHits = periodHits;
    this.#visitorTexts = visitorTexts;
    this.#origins = origins;
    this.#head = new ReusedHead([...HEADERS, ...origins.always]);
  }

  /**
   * Counts the view for its page, and its visitor once a day; null: nobody is told apart. If there is no room for a new page, the view counts
   * for the site's other pages.
   */
  count(res: ServerResponse, visitor: Visitor | null): void {
    this.#counting.hitEach(this.counters, (outcome) => {
      const noRoom = !outcome.accepted && outcome.reason === "too-many-counters" && outcome.counter === this.view.page;
      if (noRoom) return this.countAsOther(res, visitor);
      this.#send(res, outcome, this.view.page);
      if (outcome.accepted) this.#mark(visitor, this.#visitors);
    });
  }

  /** Counts the view for the site's other pages. */
  countAsOther(res: ServerResponse, visitor: Visitor | null): void {
    const counters = countersOf(this.view, otherPagesOf(this.view.site));
    this.#counting.hitEach(counters, (outcome) => {
      this.#send(res, outcome, null);
      if (outcome.accepted) this.#mark(visitor, this.#visitors.slice(0, 1));
    });
  }

  /** After the response: nobody waits for it. */
  #mark(visitor: Visitor | null, counters: readonly string[]): void {
    if (visitor === null || !this.view.countsVisitor) return;
    for (const counter of counters) this.#counting.mark(counter, "day", visitor);
  }

  /** Counts the view as one by a program. */
  setAside(res: ServerResponse): void {
    const { site, page } = this.view;
    this.#counting.hitEach([botsOf(site)], (outcome) => {
      if (outcome.accepted) this.show(res);
      else this.#send(res, outcome, page);
    });
  }

  /** Responds without counting. */
  show(res: ServerResponse): void {
    const { site, page } = this.view;
    leaveIfDraining(res, this.#counting);
    this.#head.end(
      res,
      this.#text(page, false, this.#valueOf(page), this.#valueOf(site), this.#valueOf(visitsOf(site))),
    );
  }

  #send(res: ServerResponse, outcome: HitsOutcome, page: string | null): void {
    leaveIfDraining(res, this.#counting);
    if (!outcome.accepted) {
      this.#origins.mark(res);
      return sendProblem(res, uncountedHit(outcome.reason, outcome.counter));
    }
    const [ofSite, ofPage, ofVisits] = outcome.values as [CounterValue, CounterValue, CounterValue?];
    const visits = ofVisits === undefined ? this.#valueOf(visitsOf(this.view.site)) : ofVisits.value;
    this.#head.end(res, this.#text(page, true, page === null ? null : ofPage.value, ofSite.value, visits));
  }

  #text(page: string | null, counted: boolean, ofPage: bigint | null, ofSite: bigint | null, visits: bigint | null) {
    const visitors = this.#visitorTexts.of(this.view.site);
    const today = totalText(page === null ? null : this.#periodHits.of(page, "today"));
    const counts = `{"page":${totalText(ofPage)},"site":${totalText(ofSite)},"visits":${totalText(visits)},"visitors":${visitors},"today":${today}}`;
    return `{"site":"${this.view.site}","page":${JSON.stringify(page)},"counted":${counted},"counts":${counts}}`;
  }

  #valueOf(counter: string): bigint | null {
    return currentValue(this.#counting, counter);
  }
}

/** The visitors of sites, as text. Marks count in rounds alone, so the number is read once after each publication and not for each view. */
export class VisitorTexts {
  readonly #counting: Counting;
  readonly #known = new BoundedMap<string>();

  constructor(counting: Counting) {
    this.#counting = counting;
    counting.onRound(() => this.#known.clear());
  }

  of(site: string): string {
    const known = this.#known.get(site);
    if (known !== undefined) return known;
    const value = currentValue(this.#counting, visitorsOf(site));
    const text = totalText(value);
    if (value !== null) this.#known.set(site, text);
    return text;
  }
}

/** A counter that was never counted is 0, as soon as the node has heard of all counters. */
function currentValue(counting: Counting, counter: string): bigint | null {
  const reading = counting.read(counter);
  return reading === undefined ? (counting.complete() ? 0n : null) : reading.value;
}

function countersOf({ site, isVisit }: View, page: string): readonly string[] {
  return isVisit ? [site, page, visitsOf(site)] : [site, page];
}

/** Names and values alternate. */
const HEADERS: readonly string[] = [
  ...["Content-Type", "application/json"],
  ...["Cache-Control", "no-store"],
  ...["X-Content-Type-Options", "nosniff"],
];
