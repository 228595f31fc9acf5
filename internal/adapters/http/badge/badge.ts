import type { ServerResponse } from "node:http";
import type { Logger } from "../../../ports/logger.ts";
import { grouped } from "../page/browser/format.js";
import { sendProblem } from "../problem.ts";
import { ourFault } from "../problems.ts";
import { ReusedHead } from "../reused_head.ts";
import { BADGE_HEADERS } from "./image_headers.ts";
import { type BadgeQuery, readBadge } from "./look.ts";
import { type NumberImage, NumberImages, type NumberImagesDeps } from "./number_images.ts";
import { shortened } from "./short_number.ts";
import { type BadgeTemplate, badgeTemplate } from "./template.ts";

export interface BadgeDeps extends NumberImagesDeps {
  readonly logger: Logger;
}

/** The badges of all counters: `/badge/{name}.svg`. */
export function createBadges(deps: BadgeDeps): NumberImages<BadgeQuery> {
  return new NumberImages(deps, { before: "/badge/", read: readBadge, make: (_, look) => new Badge(deps, look) });
}

/** One counter's badge in one look. */
class Badge implements NumberImage {
  readonly #look: BadgeQuery;
  readonly #logger: Logger;
  readonly #head: ReusedHead;
  #template: BadgeTemplate | undefined;
  /** The numbers that the template is for, with 0 for each digit. */
  #shape = "";

  constructor(deps: BadgeDeps, look: BadgeQuery) {
    this.#look = look;
    this.#logger = deps.logger;
    this.#head = new ReusedHead([...BADGE_HEADERS, ...deps.origins.always]);
  }

  show(res: ServerResponse, value: bigint | null): void {
    const number = this.#look.short ? shortened(value) : grouped(value);
    const shape = number.replace(/\d/g, "0");
    if (shape === this.#shape && this.#template) this.#head.end(res, this.#template(number));
    else void this.#drawAnew(res, number, shape);
  }

  async #drawAnew(res: ServerResponse, number: string, shape: string): Promise<void> {
    try {
      const template = await badgeTemplate(this.#look, number);
      this.#template = template;
      this.#shape = shape;
      this.#head.end(res, template(number));
    } catch (error) {
      this.#logger.error("badge not drawn", { error: String(error) });
      sendProblem(res, ourFault());
    }
  }
}
