import type Router from "@koa/router";
import { type Hour, startOf } from "../../../core/days/hour.ts";
import type { HourHits } from "../../../core/days/kept_days.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { Problem } from "../problem.ts";
import { unknownCounter } from "../problems.ts";
import { counterName, readQuery } from "../query.ts";
import { timeJson } from "../totals_json.ts";
import { daysNotRead, noDaysYet } from "./history_problems.ts";
import { type HistoryQuestion, historyQuestion, lengthOf, type Period } from "./history_query.ts";

/** Hits of a counter by UTC hour or day. */
export interface HistoryJson {
  readonly counter: string;
  readonly by: Period;
  readonly from: string;
  readonly to: string;
  /** The first hour that is kept; null: none is. */
  readonly since: string | null;
  readonly asOf: string | null;
  readonly version: number;
  /** Periods that have hits, in order. */
  readonly hits: readonly PeriodJson[];
}

interface PeriodJson {
  /** When it begins. */
  readonly at: string;
  readonly hits: number;
}

/** `GET /v1/counters/{name}/history`. Call before the route of `/v1/counters/{name}`, which takes any path. */
export function routeHistory(router: Router, { counting, gate }: { counting: Counting; gate: Gate }): void {
  router.get("/v1/counters/*name/history", (ctx, next) => {
    const counter = counterName(ctx.params.name ?? "");
    // A counter may have this name. A question for a history always has a query.
    if (ctx.querystring === "" && counting.knows(`${counter}/history`)) return next();
    const question = historyQuestion(readQuery(ctx, "from", "to", "by"));
    gate.admitRead(gate.identify(ctx.req), counter);
    if (counting.read(counter) === undefined) throw new Problem(unknownCounter(counter));
    ctx.body = historyOf(counting, counter, question);
  });
}

/** Throws Problem. */
export function historyOf(counting: Counting, counter: string, { by, from, to }: HistoryQuestion): HistoryJson {
  const found = counting.hitsByHour(counter, from, to);
  if (found === "upgrading") throw new Problem(noDaysYet());
  if (found === "loading") throw new Problem(daysNotRead());
  const { hits, since, version, asOf } = found;
  const json = (hour: Hour) => timeJson(startOf(hour)) as string;
  const periods = inPeriods(hits, lengthOf(by)).map(({ hour, hits }) => ({ at: json(hour), hits }));
  return {
    ...{ counter, by, from: json(from), to: json(to) },
    ...{ since: since === null ? null : json(since), asOf: timeJson(asOf), version, hits: periods },
  };
}

/** Hits of periods of `length` hours, by the first hour of each. */
export function inPeriods(hours: readonly HourHits[], length: number): HourHits[] {
  const sums = new Map<Hour, number>();
  for (const { hour, hits } of hours) {
    const first = hour - (hour % length);
    sums.set(first, (sums.get(first) ?? 0) + hits);
  }
  return [...sums].map(([hour, hits]) => ({ hour, hits }));
}
