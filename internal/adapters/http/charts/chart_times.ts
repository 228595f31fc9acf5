import { dateOf, dayOf, HOURS_A_DAY, type Hour } from "../../../core/days/hour.ts";
import type { HitsChart } from "./hits_chart.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `29 Nov 2026`. */
export function dayText(hour: Hour): string {
  const [year, month, day] = partsOf(hour);
  return `${day} ${MONTHS[month - 1]} ${year}`;
}

/** `06:00`. */
export function clockText(hour: Hour): string {
  return `${String(hour % HOURS_A_DAY).padStart(2, "0")}:00`;
}

/** A label below a chart, at the beginning of a period. */
export interface Tick {
  /** The number of the period. */
  readonly at: number;
  readonly text: string;
}

/** `wide`: whether there is room for many labels. */
export function ticksOf({ by, from, series }: HitsChart, wide: boolean): Tick[] {
  const count = series[0]?.numbers.length ?? 0;
  const labelOf = by === "hour" ? hourLabel(wide) : dayLabel(wide, count);
  const length = by === "hour" ? 1 : HOURS_A_DAY;
  return Array.from({ length: count }, (_, at) => ({ at, text: labelOf(from + at * length) })).filter(
    ({ text }) => text !== "",
  );
}

function hourLabel(wide: boolean): (hour: Hour) => string {
  return (hour) => {
    if (hour % HOURS_A_DAY === 0) return shortDay(hour);
    return hour % (wide ? 6 : 12) === 0 ? clockText(hour) : "";
  };
}

function dayLabel(wide: boolean, days: number): (hour: Hour) => string {
  // The days since 1970 began on a Thursday.
  if (days <= 70) return (hour) => ((dayOf(hour) + 3) % (wide ? 7 : 14) === 0 ? shortDay(hour) : "");
  return (hour) => {
    const [year, month, day] = partsOf(hour);
    if (day !== 1 || (!wide && month % 3 !== 1)) return "";
    return month === 1 ? String(year) : (MONTHS[month - 1] ?? "");
  };
}

/** `29 Nov`. */
function shortDay(hour: Hour): string {
  const [, month, day] = partsOf(hour);
  return `${day} ${MONTHS[month - 1]}`;
}

function partsOf(hour: Hour): [year: number, month: number, day: number] {
  const [year = 0, month = 0, day = 0] = dateOf(dayOf(hour)).split("-").map(Number);
  return [year, month, day];
}
