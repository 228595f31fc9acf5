import { isoTime } from "../iso_time.ts";

/** A UTC hour: hours since 1970. */
export type Hour = number;
/** A UTC day: days since 1970. */
export type Day = number;

export const HOURS_A_DAY = 24;
const HOUR_MS = 3_600_000;
/** The first day of the year 10000: a date has four digits for its year. */
const END_OF_DAYS = 2_932_897;

/** The hour of a wall clock, in milliseconds since 1970. */
export function hourAt(wall: number): Hour {
  return Math.min(END_OF_DAYS * HOURS_A_DAY - 1, Math.max(0, Math.floor(wall / HOUR_MS)));
}

/** When an hour begins, in milliseconds since 1970. */
export function startOf(hour: Hour): number {
  return hour * HOUR_MS;
}

export function dayOf(hour: Hour): Day {
  return Math.floor(hour / HOURS_A_DAY);
}

export function isHour(value: unknown): value is Hour {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < END_OF_DAYS * HOURS_A_DAY;
}

/** `2026-11-29`. */
export function dateOf(day: Day): string {
  return isoTime(startOf(day * HOURS_A_DAY)).slice(0, 10);
}

/** The day of a date like `2026-11-29`, from 1970 on; null for any other text. */
export function dayIn(date: string): Day | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return null;
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  // Years begin in March, as in `iso_time.ts`.
  const marchYear = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const found = marchYear * 365 + leapDays + dayOfYear - 719_468;
  return found >= 0 && dateOf(found) === date ? found : null;
}
