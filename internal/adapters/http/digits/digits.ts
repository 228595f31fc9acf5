import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { BADGE_HEADERS } from "../badge/image_headers.ts";
import { type NumberImage, NumberImages, type NumberImagesDeps } from "../badge/number_images.ts";
import type { Origins } from "../origins.ts";
import { grouped } from "../page/browser/format.js";
import { ReusedHead } from "../reused_head.ts";
import { type DigitsLook, readDigits } from "./look.ts";
import type { Theme } from "./themes/theme.ts";
import { THEMES } from "./themes/themes.ts";

/** Counters as digits alone: `/digits/{name}.svg`. */
export function createDigits(deps: NumberImagesDeps): NumberImages<DigitsLook> {
  const make = (counter: string, look: DigitsLook) => new Digits(deps.origins, counter, look);
  return new NumberImages(deps, { before: "/digits/", read: readDigits, make });
}

/** One counter's digits in one theme. */
class Digits implements NumberImage {
  readonly #counter: string;
  readonly #theme: Theme;
  readonly #length: number;
  readonly #head: ReusedHead;

  constructor(origins: Origins, counter: string, { theme, length }: DigitsLook) {
    this.#counter = counter;
    this.#theme = THEMES[theme];
    this.#length = length;
    this.#head = new ReusedHead([...headersOf(this.#theme), ...origins.always]);
  }

  show(res: ServerResponse, value: bigint | null): void {
    this.#head.end(res, this.#drawn(value));
  }

  #drawn(value: bigint | null): string {
    const digits = value === null ? "-".repeat(this.#length) : String(value).padStart(this.#length, "0");
    const { width, height, body } = this.#theme.draw(digits);
    const words = `${this.#counter}: ${value === null ? "not known yet" : grouped(value)}`;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${words}"><title>${words}</title><style>${this.#theme.style}</style>${body}</svg>`;
  }
}

/** As a badge's. An SVG that is opened by itself applies only the stylesheet that the policy names. */
function headersOf({ style }: Theme): string[] {
  const hash = createHash("sha256").update(style).digest("base64");
  return BADGE_HEADERS.map((header) => header.replace("img-src data:;", `style-src 'sha256-${hash}';`));
}
