import { dayIn, HOURS_A_DAY, type Hour, hourAt, isHour, startOf } from "../../../core/days/hour.ts";
import { Problem } from "../problem.ts";
import { badQuery } from "../problems.ts";

/** Most periods of one question: 1,000 hours are 41 days, and 1,000 days more than are kept. */
const MAX_PERIODS = 1_000;
const TIME = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?Z$/;
const FORM = "a UTC date, like 2026-11-29, or a time of it, like 2026-11-29T10:00Z";

export type Period = "hour" | "day";

export interface HistoryQuestion {
  readonly by: Period;
  /** The first hour. */
  readonly from: Hour;
  /** The hour after the last one. */
  readonly to: Hour;
}

/** What a query asks for, in whole periods. Throws Problem. */
export function historyQuestion(query: Partial<Record<"from" | "to" | "by", string>>): HistoryQuestion {
  const by = periodIn(query.by);
  const length = lengthOf(by);
  const from = Math.floor(timeIn("from", query.from) / startOf(length)) * length;
  const to = Math.ceil(timeIn("to", query.to) / startOf(length)) * length;
  if (from >= to) throw new Problem(badQuery("from is not before to.", "Let from be earlier than to."));
  const periods = (to - from) / length;
  if (periods <= MAX_PERIODS) return { by, from, to };
  const remedy =
    by === "hour" ? "Ask by=day, or for less time: hours of 41 days." : "Ask for less time: 1,000 days at most.";
  throw new Problem(badQuery(`From ${query.from} to ${query.to} are ${periods} ${by}s.`, remedy));
}

/** The hours in one period. */
export function lengthOf(by: Period): number {
  return by === "hour" ? 1 : HOURS_A_DAY;
}

function periodIn(text = "day"): Period {
  if (text === "hour" || text === "day") return text;
  throw new Problem(badQuery(`by is ${JSON.stringify(text)}.`, "Use by=hour or by=day."));
}

/** Milliseconds since 1970. */
function timeIn(name: string, text: string | undefined): number {
  if (text === undefined) throw new Problem(badQuery(`There is no ${name}.`, `Let ${name} be ${FORM}.`));
  const day = dayIn(text.slice(0, 10));
  const time = text.length === 10 ? (day ?? 0) * startOf(HOURS_A_DAY) : TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (day !== null && isHour(hourAt(time))) return time;
  throw new Problem(badQuery(`${name} is ${JSON.stringify(text)}.`, `Let ${name} be ${FORM}.`));
}
