import { startOf } from "../../../core/days/hour.ts";
import { lengthOf } from "../history/history_query.ts";
import { timeJson } from "../totals_json.ts";
import { type HitsChart, isKept } from "./hits_chart.ts";

/** The periods of a chart as CSV (RFC 4180), the oldest first. Periods before the first that is kept are left out. */
export function hitsCsv(chart: HitsChart): string {
  const { by, from, series } = chart;
  const head = [by, ...series.map(({ kind }) => kind)];
  const rows = (series[0]?.numbers ?? []).map((_, at) => [
    timeJson(startOf(from + at * lengthOf(by))),
    ...series.map(({ numbers }) => numbers[at]),
  ]);
  const kept = rows.filter((_, at) => isKept(chart, at));
  return [head, ...kept].map((row) => `${row.join(",")}\r\n`).join("");
}
