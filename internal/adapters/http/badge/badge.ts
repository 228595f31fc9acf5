import type { ServerResponse } from "node:http";
import type { CounterValue, Counting } from "../../../ports/counting.ts";
import type { Logger } from "../../../ports/logger.ts";
import { type AnswerTo, CountedAnswer, counterBetween } from "../counted_answer.ts";
import { IMAGE_HEADERS } from "../image_headers.ts";
import type { Origins } from "../origins.ts";
import { grouped } from "../page/browser/format.js";
import { Problem, sendProblem } from "../problem.ts";
import { ourFault } from "../refusals.ts";
import { type BadgeLook, readBadge } from "./look.ts";
import { type BadgeTemplate, badgeTemplate } from "./template.ts";

export interface BadgeParts {
  readonly counting: Counting;
  readonly origins: Origins;
  readonly logger: Logger;
}

/** One counter's badge in one look. */
export class Badge {
  readonly counted: CountedAnswer;
  readonly #look: BadgeLook;
  readonly #logger: Logger;
  readonly #headers: string[];
  #template: BadgeTemplate | undefined;
  /** Length of the numbers that the template is for; 0: for a total that is not known. */
  #length = -1;

  constructor(parts: BadgeParts, counter: string, look: BadgeLook) {
    this.counted = new CountedAnswer(parts, counter, (res, value) => this.show(res, value));
    this.#look = look;
    this.#logger = parts.logger;
    this.#headers = [...HEADERS, ...parts.origins.always, "Content-Length", ""];
  }

  /** Answers without counting. */
  show(res: ServerResponse, { value }: Pick<CounterValue, "value">): void {
    const number = grouped(value);
    const length = value === null ? 0 : number.length;
    if (length === this.#length && this.#template) this.#send(res, this.#template(number));
    else void this.#drawAnew(res, number, length);
  }

  async #drawAnew(res: ServerResponse, number: string, length: number): Promise<void> {
    try {
      const template = await badgeTemplate(this.#look, number);
      this.#template = template;
      this.#length = length;
      this.#send(res, template(number));
    } catch (error) {
      this.#logger.error("a badge could not be drawn", { error: String(error) });
      sendProblem(res, ourFault());
    }
  }

  #send(res: ServerResponse, svg: string): void {
    this.#headers[this.#headers.length - 1] = String(svg.length);
    res.writeHead(200, this.#headers).end(svg, "latin1");
  }
}

const HEADERS = [
  ...["Content-Type", "image/svg+xml"],
  ...IMAGE_HEADERS,
  // An SVG that is opened by itself is a document, which could run scripts.
  ...["Content-Security-Policy", "default-src 'none'; sandbox"],
];

/** Answers to `GET /badge/{name}.svg?...` that count. What is wrong with a query is left to the router to tell. */
export function badgeAnswers(parts: BadgeParts): AnswerTo {
  return (url) => {
    if (!url.startsWith("/badge/")) return undefined;
    const [path = "", query = ""] = url.split("?", 2);
    const counter = counterBetween("/badge/", ".svg", path);
    return counter === undefined ? undefined : countedBadge(parts, counter, query);
  };
}

function countedBadge(parts: BadgeParts, counter: string, query: string): CountedAnswer | undefined {
  try {
    const { counts, ...look } = readBadge(query, counter);
    return counts ? new Badge(parts, counter, look).counted : undefined;
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
