import { grouped } from "./format.js";

const LONGEST = 27;
/** Milliseconds between two numbers that are shown while it runs: more could not be read, and each is work for the browser. */
const FRAME = 40;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The page's number: it only grows, and runs to each new value while the next round is on its way, never past it. */
export class Total {
  #element;
  #target;
  #shown;
  #frame = 0;

  constructor(element) {
    const digits = element.textContent.replace(/\D/g, "");
    this.#element = element;
    this.#target = digits === "" ? null : BigInt(digits);
    this.#shown = this.#target;
  }

  /** How much more the page shows than `value`: a store that was restored has less than was seen. */
  excess(value) {
    if (value === null || this.#target === null) return 0n;
    const excess = this.#target - BigInt(value);
    return excess > 0n ? excess : 0n;
  }

  /** `value` as the interface writes totals; null: not known, so the number stays. `duration` in milliseconds. */
  moveTo(value, duration) {
    if (value === null) return;
    const next = BigInt(value);
    if (this.#target !== null && next <= this.#target) return;
    const from = this.#shown ?? next;
    this.#target = next;
    cancelAnimationFrame(this.#frame);
    if (calm.matches || document.hidden || from === next) this.#write(next);
    else this.#run(from, next, performance.now(), duration);
  }

  /** The first step at once, the last at the end: a single hit shows without delay. */
  #run(from, to, began, duration) {
    const steps = to - from - 1n;
    let writtenAt = Number.NEGATIVE_INFINITY;
    const step = () => {
      const now = performance.now();
      const part = Math.min(1, (now - began) / duration);
      if (part === 1) return this.#write(to);
      this.#frame = requestAnimationFrame(step);
      if (now - writtenAt < FRAME) return;
      writtenAt = now;
      this.#write(from + 1n + (steps * BigInt(Math.floor(part * 10_000))) / 10_000n);
    };
    step();
  }

  #write(value) {
    if (this.#shown !== null && value < this.#shown) return;
    this.#shown = value;
    const text = grouped(value);
    this.#element.textContent = text;
    this.#element.dataset.length = String(Math.min(LONGEST, text.length));
  }
}
