import { BoundedMap } from "../bounded_map.ts";
import { type CountedResponse, imageCounterBetween, type ResponseTo } from "../counted_response.ts";
import { Problem } from "../problem.ts";
import { Badge, type BadgeDeps } from "./badge.ts";
import { type BadgeQuery, readBadge } from "./look.ts";
import { createProblemBadge } from "./problem_badge.ts";

/** The badges of all counters. */
export class Badges {
  readonly #deps: BadgeDeps;
  /** A badge is drawn once for all URLs that differ in what does not matter, for example in a parameter against caches. */
  readonly #badges = new BoundedMap<Badge>();

  constructor(deps: Omit<BadgeDeps, "showProblem">) {
    this.#deps = { ...deps, showProblem: createProblemBadge(deps.logger) };
  }

  /** Responds with a badge that says why nothing was counted. */
  get showProblem() {
    return this.#deps.showProblem;
  }

  of(counter: string, look: BadgeQuery): Badge {
    const key = JSON.stringify([counter, look]);
    const badge = this.#badges.get(key) ?? new Badge(this.#deps, counter, look);
    this.#badges.set(key, badge);
    return badge;
  }

  /** Responses to `GET /badge/{name}.svg?...` that count. The router says what is wrong with a query. */
  responses(): ResponseTo {
    return (url) => {
      const counter = imageCounterBetween("/badge/", ".svg", url);
      return counter === undefined ? undefined : this.#counted(counter, url.split("?", 2)[1] ?? "");
    };
  }

  #counted(counter: string, query: string): CountedResponse | undefined {
    try {
      const { counts, ...look } = readBadge(query, counter);
      return counts ? this.of(counter, look).counted : undefined;
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }
}
