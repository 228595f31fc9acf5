import type Router from "@koa/router";
import { isCounterName } from "../../../../core/names.ts";
import { suggestion } from "../../../../core/suggestion.ts";
import { pagePath } from "../../page_path.ts";

/** Finds the path that somebody who came to `path` probably meant; null: none is similar. */
export type NearPage = (path: string) => string | null;

/**
 * Looks among the routes of `router` and the counters that exist.
 *
 * @param counterLike returns a counter of this name or of a similar one, or null.
 */
export function nearPage(router: Router, counterLike: (name: string) => string | null): NearPage {
  const leads = (path: string) => router.match(path, "GET").route;
  const beginnings = new Set(router.stack.map(({ path }) => beginningOf(String(path))).filter((part) => part !== ""));
  return (path) => {
    const tidy = `/${path.toLowerCase().split("/").filter(Boolean).join("/")}`;
    if (tidy !== path && leads(tidy)) return tidy;
    const counter = counterLike(nameIn(tidy));
    if (counter !== null) return pagePath(counter);
    const beginning = beginningOf(tidy);
    const meant = suggestion(beginning, beginnings);
    const similar = meant === undefined ? tidy : `/${meant}${tidy.slice(beginning.length + 1)}`;
    return similar !== path && leads(similar) ? similar : null;
  };
}

/** The first part of a path. */
function beginningOf(path: string): string {
  return path.split("/", 2)[1] ?? "";
}

/** The name of a counter that a path may be meant to lead to: the whole path, or one of an address for programs. */
function nameIn(path: string): string {
  const [, name = ""] = /^\/(?:c\/|history\/|v1\/counters\/)?(.*?)(?:\/hits|\/history)?$/.exec(path) ?? [];
  return isCounterName(name) ? name : "";
}
