import { grouped } from "./format.js";

import { judged } from "./shown_number.js";

/** @import { Said, Shown } from "./shown_number.js" */
/** @import { TotalJson } from "../../totals_json.ts" */

const LONGEST = 27;
/** Between two numbers while the total runs: more could not be read, and each is work for the browser. */
const FRAME_MS = 40;
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** The page's number. It only grows, unless a person changed the counter. While the next round is on its way it runs to the newest value, and never past it. */
export class Total {
  #element;
  /** @type {bigint | null} */
  #target;
  /** @type {bigint | null} */
  #shown;
  #frame = 0;
  /** @type {Shown | null} */
  #heard;

  /** @param {HTMLElement} element with the number that the server wrote */
  constructor(element) {
    const digits = element.textContent.replace(/\D/g, "");
    this.#element = element;
    this.#target = digits === "" ? null : BigInt(digits);
    this.#shown = this.#target;
    this.#heard = JSON.parse(element.dataset.heard ?? "null");
  }

  /**
   * @param {Said} said
   * @param {number} durationMs
   */
  hear(said, durationMs) {
    const { action, shown } = judged(this.#heard, said);
    this.#heard = shown;
    if (action === "ignore") return;
    if (action === "replace") {
      cancelAnimationFrame(this.#frame);
      this.#target = null;
      this.#shown = null;
    }
    this.#moveTo(said.value, durationMs);
  }

  /**
   * How much more than `value` the page shows: a restored store has less than was shown.
   *
   * @param {TotalJson} value
   */
  excess(value) {
    if (value === null || this.#target === null) return 0n;
    const excess = this.#target - BigInt(value);
    return excess > 0n ? excess : 0n;
  }

  /**
   * @param {TotalJson} value null: unknown, so the number stays
   * @param {number} durationMs
   */
  #moveTo(value, durationMs) {
    if (value === null) return;
    const next = BigInt(value);
    if (this.#target !== null && next <= this.#target) return;
    const from = this.#shown ?? next;
    this.#target = next;
    cancelAnimationFrame(this.#frame);
    if (reducedMotion.matches || document.hidden || from === next) this.#write(next);
    else this.#run(from, next, performance.now(), durationMs);
  }

  /**
   * The first step comes at once and the last at the end: a single hit shows without delay.
   *
   * @type {(from: bigint, to: bigint, began: number, durationMs: number) => void}
   */
  #run(from, to, began, durationMs) {
    const steps = to - from - 1n;
    let writtenAt = Number.NEGATIVE_INFINITY;
    const step = () => {
      const now = performance.now();
      const part = Math.min(1, (now - began) / durationMs);
      if (part === 1) return this.#write(to);
      this.#frame = requestAnimationFrame(step);
      if (now - writtenAt < FRAME_MS) return;
      writtenAt = now;
      this.#write(from + 1n + (steps * BigInt(Math.floor(part * 10_000))) / 10_000n);
    };
    step();
  }

  /** @param {bigint} value */
  #write(value) {
    if (this.#shown !== null && value < this.#shown) return;
    this.#shown = value;
    const text = grouped(value);
    this.#element.textContent = text;
    this.#element.dataset.length = String(Math.min(LONGEST, text.length));
  }
}
