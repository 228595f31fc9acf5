/** Within a period a visitor counts once: a UTC day or a UTC hour. */
export const PERIOD_KINDS = ["day", "hour"] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** A period's kind, and its number since 1970 in 8 digits: `day-00020786`. The names of one kind sort by time. */
export type Period = string;

const HOUR_MS = 3_600_000;
const LENGTH_MS: Readonly<Record<PeriodKind, number>> = { day: 24 * HOUR_MS, hour: HOUR_MS };
const DIGITS = 8;
const PERIOD = /^(day|hour)-(\d{8})$/;

/** The period that has the time `wall`, in milliseconds since 1970. */
export function periodAt(kind: PeriodKind, wall: number): Period {
  return periodOf(kind, Math.floor(wall / LENGTH_MS[kind]));
}

export function isPeriod(text: string): boolean {
  return PERIOD.test(text);
}

/** When a period is over, in milliseconds since 1970. */
export function endOf(period: Period): number {
  const { kind, number } = parts(period);
  return (number + 1) * LENGTH_MS[kind];
}

/** The day of a period: that of its hour, or itself. */
export function dayOf(period: Period): Period {
  // Each view asks for its day's.
  if (period.startsWith("day")) return period;
  return periodAt("day", endOf(period) - 1);
}

/** The first period of each kind that is not over at `time`: all before it, of the same kind, are. */
export function firstOpen(kind: PeriodKind, time: number): Period {
  return periodOf(kind, Math.floor(time / LENGTH_MS[kind]));
}

function periodOf(kind: PeriodKind, number: number): Period {
  return `${kind}-${String(number).padStart(DIGITS, "0")}`;
}

function parts(period: Period): { readonly kind: PeriodKind; readonly number: number } {
  const [, kind, number] = PERIOD.exec(period) ?? [];
  return { kind: kind as PeriodKind, number: Number(number) };
}
