import type { ServerResponse } from "node:http";
import type Router from "@koa/router";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { BoundedMap } from "../bounded_map.ts";
import { type CountedResponse, imageCounterBetween, type ResponseTo, type ShowProblem } from "../counted_response.ts";
import type { Origins } from "../origins.ts";
import { Problem } from "../problem.ts";
import { imageCounterName } from "../query.ts";
import { countImage, countVisitor, problemsAsImages } from "./image_route.ts";
import { type ShownNumber, shownValue } from "./shown_number.ts";

/** One counter's image in one look. */
export interface NumberImage {
  /** Responds to requests that count. */
  readonly counted: CountedResponse;
  /** Responds without counting. */
  show(res: ServerResponse, number: { readonly value: bigint | null }): void;
}

export interface ImageKind<Query> {
  /** The part of the path before the name, for example `/badge/`. */
  readonly before: string;
  /** Reads a query. Throws Problem. */
  read(query: string, counter: string): Query & ShownNumber;
  make(counter: string, look: Query): NumberImage;
  readonly showProblem: ShowProblem;
}

interface ImageRouteDeps {
  readonly counting: Counting;
  readonly origins: Origins;
  readonly gate: Gate;
}

/** The images of all counters that show a number, of one kind. */
export class NumberImages<Query extends object> {
  readonly #kind: ImageKind<Query>;
  /** An image is prepared once for all URLs that differ in what does not matter, for example in a parameter against caches. */
  readonly #images = new BoundedMap<NumberImage>();

  constructor(kind: ImageKind<Query>) {
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
  route(router: Router, deps: ImageRouteDeps): void {
    const { counting, gate } = deps;
    router.get(`${this.#kind.before}*name.svg`, problemsAsImages(this.#kind.showProblem), (ctx) => {
      const counter = imageCounterName(ctx.params.name ?? "");
      const { image, shown } = this.#of(counter, ctx.querystring);
      const token = gate.identify(ctx.req);
      gate.admitRead(token, counter);
      const counted = gate.counts(token, counter) && ctx.method !== "HEAD" ? shown.counts : null;
      if (counted === "hit") return countImage(ctx, deps, image.counted);
      if (counted !== null) countVisitor(ctx, deps, counter, counted);
      ctx.respond = false;
      image.show(ctx.res, { value: shownValue(counting, counter, shown) });
    });
  }

  #counted(counter: string, query: string): CountedResponse | undefined {
    try {
      const { image, shown } = this.#of(counter, query);
      return shown.counts === "hit" ? image.counted : undefined;
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }

  #of(counter: string, query: string): { image: NumberImage; shown: ShownNumber } {
    const read = this.#kind.read(query, counter);
    const key = JSON.stringify([counter, read]);
    const image = this.#images.get(key) ?? this.#kind.make(counter, read);
    this.#images.set(key, image);
    return { image, shown: read };
  }
}
