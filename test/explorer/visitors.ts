import type { Ledger } from "../../internal/core/ledger/ledger.ts";
import type { MarkedTerms } from "../../internal/core/ledger/mark_round.ts";
import { type DaySecret, type MarkLedger, markOf, type OfferedMark } from "../../internal/core/marks/mark.ts";
import { dayOf, endOf, type Period, type PeriodKind, periodAt } from "../../internal/core/marks/period.ts";
import { Marks } from "../../internal/services/counter/marks.ts";
import { type HitSet, totalIn, VISITED } from "./hit_names.ts";
import { Violation } from "./parts.ts";

const VISITOR = { address: "192.0.2.1", agent: "" };
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MOMENT_MS = 5;
const MIDNIGHT_MS = 100 * DAY_MS;
const NOON_MS = MIDNIGHT_MS + DAY_MS / 2;

/** Which two periods visits come in, and which two times leaders' clocks say. */
export interface VisitTimes {
  readonly kind: PeriodKind;
  /** What nodes' clocks say at a visit in the first and in the second period. */
  readonly visits: readonly [number, number];
  /** What a leader's clock says: as a rule, and an hour later. */
  readonly leader: readonly [number, number];
}

/** Before midnight only the day that ends has a secret; later the next one gets its own. */
export const MIDNIGHT: VisitTimes = {
  kind: "day",
  visits: [MIDNIGHT_MS - MOMENT_MS, MIDNIGHT_MS],
  leader: [MIDNIGHT_MS - HOUR_MS - MOMENT_MS, MIDNIGHT_MS + MOMENT_MS],
};
/** Both hours are of one day, and the first one is forgotten an hour after its end. */
export const FORGOTTEN_HOUR: VisitTimes = {
  kind: "hour",
  visits: [NOON_MS - MOMENT_MS, NOON_MS],
  leader: [NOON_MS + HOUR_MS - MOMENT_MS, NOON_MS + HOUR_MS + MOMENT_MS],
};

/** What one node knows of marks: all visits are those of one visitor, to one counter. */
export interface VisitState {
  /** Visits that arrived in all its lives. */
  readonly arrived: number;
  /** Of its present life: how many marks it made, the ledger and its secrets, and the periods of which the visitor has a mark. */
  readonly made: number;
  readonly ledger: string | null;
  readonly secrets: readonly (readonly [day: Period, secret: DaySecret])[];
  /** With the secrets that made them; those that are decided come first. */
  readonly remembered: readonly (readonly [period: Period, secret: DaySecret])[];
  readonly waiting: readonly OfferedMark[];
  /** Periods of visits that wait for the secret of their day. */
  readonly early: readonly Period[];
}

export const NO_VISITS: VisitState = {
  arrived: 0,
  made: 0,
  ledger: null,
  secrets: [],
  remembered: [],
  waiting: [],
  early: [],
};

type Deps = ConstructorParameters<typeof Marks>[0];

const NO_LEDGER = "none";
const ANY_SECRET = "0".repeat(32);

/** The real service, which is taken up from plain data for one step, and laid down again. */
export class LiveMarks extends Marks {
  readonly #times: VisitTimes;
  readonly #life: string;
  readonly #clock: { wall: number };
  #state: VisitState;

  constructor(times: VisitTimes, state: VisitState, deps: Deps) {
    const clock = { wall: 0 };
    super({ ...deps, clock: { ...deps.clock, wall: () => clock.wall } });
    this.#times = times;
    this.#life = deps.life;
    this.#clock = clock;
    this.#state = state;
  }

  /** Brings the service to where it was. Call before requests are refused. */
  takeUp(): void {
    const { made, remembered, waiting, early, secrets, ledger } = this.#state;
    if (ledger === null) return;
    for (let other = remembered.length; other < made; other++) this.#makeAgain(NO_LEDGER, 0, ANY_SECRET, `${other}`);
    for (const [period, secret] of remembered) this.#makeAgain(ledger, this.#indexOf(period), secret);
    this.judge({ life: this.#life, through: made - waiting.length, refused: [] });
    super.adopt(ledger, { secrets: new Map(secrets) });
    for (const period of early) this.#come(this.#indexOf(period));
  }

  /** `period`: the first or the second one. */
  visit(period: number): void {
    const { arrived, early } = this.#state;
    this.#state = { ...this.#state, arrived: arrived + 1, early: [...early, this.#periodAt(period)] };
    this.#come(period);
    this.#note();
  }

  override adopt(ledger: string, marks: MarkLedger | null): void {
    super.adopt(ledger, marks);
    if (ledger !== this.#state.ledger) this.#state = { ...this.#state, remembered: [] };
    this.#state = { ...this.#state, ledger, secrets: [...(marks?.secrets ?? [])].sort() };
    this.#note();
  }

  layDown(): VisitState {
    this.#note();
    return this.#state;
  }

  #come(period: number, agent = VISITOR.agent): void {
    this.#clock.wall = this.#times.visits[period] as number;
    this.mark(VISITED, this.#times.kind, { ...VISITOR, agent });
  }

  #makeAgain(ledger: string, period: number, secret: DaySecret, agent?: string): void {
    super.adopt(ledger, { secrets: new Map([[dayOf(this.#periodAt(period)), secret]]) });
    this.#come(period, agent);
  }

  /** What became of visits in this step. */
  #note(): void {
    const { made, remembered, secrets, early } = this.#state;
    const waiting = this.offer()?.marks ?? [];
    const days = new Map(secrets);
    const added = waiting.flatMap(({ number, period }) => {
      if (number <= made) return [];
      const secret = days.get(dayOf(period));
      if (secret === undefined) throw new Violation("a node makes a mark with a secret that no ledger has");
      return [[period, secret] as const];
    });
    this.#state = {
      ...this.#state,
      waiting,
      made: Math.max(made, waiting.at(-1)?.number ?? 0),
      remembered: [...remembered, ...added],
      early: early.filter((period) => !days.has(dayOf(period))),
    };
  }

  #periodAt(index: number): Period {
    return periodAt(this.#times.kind, this.#times.visits[index] as number);
  }

  #indexOf(period: Period): number {
    return period === this.#periodAt(0) ? 0 : 1;
  }
}

/** What a leader says of its time: as a rule, or an hour later. `secret`: of a day that has none. */
export function markedTerms({ leader }: VisitTimes, isLater: boolean, secret: DaySecret): MarkedTerms {
  return { budget: 100, wall: leader[isLater ? 1 : 0], node: "", newSecret: () => secret };
}

/** A secret that no other round makes. */
export function secretOf(epoch: number, version: number): DaySecret {
  return `${epoch}${String(version).padStart(8, "0")}`.padStart(32, "0");
}

/** `visited`: the periods in which the visitor came, one bit each. Throws Violation. */
export function checkVisits(visited: number, counted: HitSet): void {
  const [periods, counts] = [(visited & 1) + (visited >> 1), totalIn(counted, VISITED)];
  if (counts > periods) throw new Violation(`a visitor who came in ${periods} periods counts ${counts} times`);
}

/**
 * At rest, each visit of which a node knows is counted, unless its period is forgotten. `wasLater`: whether the time of a leader was an
 * hour later: it may have said so without a transaction. Throws Violation.
 */
export function checkVisitsAtRest(
  { remembered, waiting, ledger: id }: VisitState,
  ledger: Ledger,
  { leader }: VisitTimes,
  wasLater: boolean,
): void {
  if (id !== ledger.id) return;
  const forgottenTo = Math.max(ledger.visitorsForgottenTo, leader[wasLater ? 1 : 0] - HOUR_MS);
  if (waiting.length > 0) throw new Violation("nobody decides about a visitor");
  for (const [period, secret] of remembered) {
    const isForgotten = endOf(period) <= forgottenTo;
    if (!isForgotten && !ledger.marks.has(period, markOf(secret, period, VISITED, VISITOR)))
      throw new Violation(`a node takes a visitor of ${period} for counted, and the ledger does not know it`);
  }
}

/** Equal for ledgers that have the same marks. */
export function keyOfMarks({ marks }: Ledger): string {
  const periods = [...marks.periods()].sort().map((period) => {
    const all = [...marks.from(period, 0)].map(({ high, low }) => `${high} ${low}`).sort();
    return `${period}: ${all}`;
  });
  return `${periods.join(";")} ${[...marks.secrets].sort()}`;
}
