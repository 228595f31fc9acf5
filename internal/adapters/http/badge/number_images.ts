import type { ServerResponse } from "node:http";
import type Router from "@koa/router";
import type { CounterValue, Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { BoundedMap } from "../bounded_map.ts";
import { CountedResponse, imageCounterBetween, type ResponseTo, type ShowProblem } from "../counted_response.ts";
import type { PeriodHits } from "../history/period_hits.ts";
import type { Origins } from "../origins.ts";
import { Problem } from "../problem.ts";
import { imageCounterName } from "../query.ts";
import { countImage, countVisitor, problemsAsImages } from "./image_route.ts";
import { type ShownNumber, shownAfterHit, shownValue } from "./shown_number.ts";

/** One counter's image in one look. */
export interface NumberImage {
  /** Responds with a number; null: it is not known. */
  show(res: ServerResponse, number: bigint | null): void;
}

export interface ImageKind<Query> {
  /** The part of the path before the name, for example `/badge/`. */
  readonly before: string;
  /** Reads a query. Throws Problem. */
  read(query: string, counter: string): Query & ShownNumber;
  make(counter: string, look: Query): NumberImage;
}

export interface NumberImagesDeps {
  readonly counting: Counting;
  readonly periodHits: PeriodHits;
  readonly origins: Origins;
  readonly showProblem: ShowProblem;
}

interface PreparedImage {
  readonly image: NumberImage;
  readonly shown: ShownNumber;
  /** Responds to requests that count. */
  readonly counted: CountedResponse;
}

/** The images of all counters that show a number, of one kind. */
export class NumberImages<Query extends object> {
  readonly #deps: NumberImagesDeps;
  readonly #kind: ImageKind<Query>;
  /** An image is prepared once for all URLs that differ in what does not matter, for example in a parameter against caches. */
  readonly #images = new BoundedMap<PreparedImage>();

  constructor(deps: NumberImagesDeps, kind: ImageKind<Query>) {
    this.#deps = deps;
    this.#kind = kind;
  }

  /** Responses to `GET {before}{name}.svg?...` that count. The router says what is wrong with a query. */
  responses(): ResponseTo {
    return (url) => {
      const counter = imageCounterBetween(this.#kind.before, ".svg", url);
      return counter === undefined ? undefined : this.#counted(counter, url.split("?", 2)[1] ?? "");
    };
  }

  /** Images that only show, and what the fast path left: escaped names and mistakes. */
  route(router: Router, { gate }: { gate: Gate }): void {
    const deps = { ...this.#deps, gate };
    router.get(`${this.#kind.before}*name.svg`, problemsAsImages(deps.showProblem), (ctx) => {
      const counter = imageCounterName(ctx.params.name ?? "");
      const { image, shown, counted: response } = this.#of(counter, ctx.querystring);
      const token = gate.identify(ctx.req);
      gate.admitRead(token, counter);
      const counted = gate.counts(token, counter) && ctx.method !== "HEAD" ? shown.counts : null;
      if (counted === "hit") return countImage(ctx, deps, response);
      if (counted !== null) countVisitor(ctx, deps, counter, counted);
      ctx.respond = false;
      image.show(ctx.res, shownValue(deps, counter, shown));
    });
  }

  #counted(counter: string, query: string): CountedResponse | undefined {
    try {
      const { counted, shown } = this.#of(counter, query);
      return shown.counts === "hit" ? counted : undefined;
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }

  #of(counter: string, query: string): PreparedImage {
    const read = this.#kind.read(query, counter);
    const key = JSON.stringify([counter, read]);
    const prepared = this.#images.get(key) ?? this.#prepare(counter, read);
    this.#images.set(key, prepared);
    return prepared;
  }

  #prepare(counter: string, read: Query & ShownNumber): PreparedImage {
    const image = this.#kind.make(counter, read);
    const show = (res: ServerResponse, { value }: CounterValue) =>
      image.show(res, shownAfterHit(this.#deps, counter, read, value));
    return { image, shown: read, counted: new CountedResponse(this.#deps, counter, show, this.#deps.showProblem) };
  }
}
