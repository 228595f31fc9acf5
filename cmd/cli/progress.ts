import { setTimeout as sleep } from "node:timers/promises";
import { printError } from "./output.ts";
import { oneLine, type Terminal } from "./terminal.ts";

/** A person wonders after this time. */
const LONG_WAIT_MS = 2_000;
/** Where there is no terminal, progress is a line in a log. */
const LOG_INTERVAL_MS = 10_000;

/** Says what is waited for if `work` takes long. */
export async function withProgress<T>(what: string, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  sleep(LONG_WAIT_MS, undefined, { signal: done.signal, ref: false }).then(
    () => printError(`waiting for ${what}...`),
    () => {},
  );
  return work.finally(() => done.abort());
}

/** The progress of work in many steps, on standard error: one line that changes, or a line every ten seconds. Nothing in the first two seconds. */
export class Progress {
  #nextMs = performance.now() + LONG_WAIT_MS;
  #line: Terminal | null = null;

  /** `text`: how far the work is. */
  show(text: string): void {
    if (performance.now() < this.#nextMs) return;
    if (!process.stderr.isTTY) {
      this.#nextMs = performance.now() + LOG_INTERVAL_MS;
      return printError(text);
    }
    this.#line ??= oneLine(process.stderr);
    this.#line.write([text]);
  }

  end(): void {
    this.#line?.end();
    this.#line = null;
  }
}
