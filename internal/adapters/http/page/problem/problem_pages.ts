import type Router from "@koa/router";
import type { Context } from "koa";
import type { Counting } from "../../../../ports/counting.ts";
import type { ProblemFields } from "../../problem.ts";
import type { Assets } from "../assets.ts";
import { nearCounter } from "./near_counter.ts";
import { nearPage } from "./near_page.ts";
import { problemPage } from "./problem_page.ts";

/** Makes the page about a problem. */
export type ProblemPages = (ctx: Context, fields: ProblemFields) => string;

interface ProblemPagesDeps {
  readonly counting: Counting;
  readonly assets: Assets;
  /** Whether strangers may know of a counter. */
  readonly mayShow: (counter: string) => boolean;
}

export function problemPages({ counting, assets, mayShow }: ProblemPagesDeps, router: Router): ProblemPages {
  const near = nearPage(router, (name) => {
    if (name !== "" && counting.knows(name) && mayShow(name)) return name;
    return name === "" ? null : nearCounter(counting, mayShow, name);
  });
  return (ctx, fields) => {
    const again = fields.status >= 429 && (ctx.method === "GET" || ctx.method === "HEAD");
    return problemPage(fields, assets, { near: MISTYPED.has(fields.kind) ? near(ctx.path) : null, again });
  };
}

/** Kinds of problems that a mistake in a path brings. */
const MISTYPED: ReadonlySet<string> = new Set([
  "unknown-path",
  "unknown-counter",
  "wrong-method",
  "bad-name",
  "unknown-link",
]);
