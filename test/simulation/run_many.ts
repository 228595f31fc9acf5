import { Worker } from "node:worker_threads";
import { deleteProgress, readProgress, runOf, writeProgress } from "./run_progress.ts";
import { addReport, describeBroken, emptyReport, type RunReport } from "./run_report.ts";
import type { Chunk, Played } from "./run_worker.ts";

/** Histories that a worker gets at a time. */
const CHUNK = 20;
const PRINT_EVERY_MS = 10_000;

export interface RunOptions {
  readonly histories: Chunk;
  readonly jobs: number;
  /** File that keeps how far the run came; null: none. */
  readonly progressFile: string | null;
  /** Stop at the first history that breaks the contract. */
  readonly untilBroken: boolean;
}

/** Plays many histories on several threads, and goes on where an earlier run of the same histories and program was stopped. */
export class Run {
  readonly #options: RunOptions;
  readonly #of: string;
  #left: Chunk[];
  readonly #playing = new Map<Worker, Chunk>();
  readonly report: RunReport;
  #stopped = false;
  #savedAt = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#of = runOf(options.histories);
    const before = options.progressFile ? readProgress(options.progressFile, this.#of) : null;
    this.#left = [...(before?.left ?? [options.histories])];
    this.report = before?.report ?? emptyReport();
    if (before) console.log(`going on after ${before.report.histories} histories; --fresh begins anew`);
  }

  /** Resolves when all histories were played, or after `stop`. False if some are left. */
  async play(): Promise<boolean> {
    const began = performance.now();
    const before = this.report.histories;
    const timer = setInterval(() => this.#print(before, performance.now() - began), PRINT_EVERY_MS);
    await Promise.all(Array.from({ length: this.#options.jobs }, () => this.#work()));
    clearInterval(timer);
    const isDone = this.#left.length === 0;
    const { progressFile } = this.#options;
    if (isDone && progressFile) deleteProgress(progressFile);
    if (!isDone) this.#save();
    return isDone;
  }

  /** Ends after the histories that are being played. */
  stop(): void {
    this.#stopped = true;
    for (const worker of this.#playing.keys()) worker.postMessage("stop");
  }

  /** One worker's life. */
  async #work(): Promise<void> {
    const worker = new Worker(new URL("run_worker.ts", import.meta.url));
    const { untilBroken } = this.#options;
    for (let chunk = this.#next(); chunk; chunk = this.#next()) {
      this.#playing.set(worker, chunk);
      worker.postMessage({ chunk, untilBroken });
      this.#take(await answerOf(worker));
      this.#playing.delete(worker);
      this.#saveNowAndThen();
    }
    await worker.terminate();
  }

  #next(): Chunk | null {
    const [range, ...others] = this.#left;
    if (!range || this.#stopped) return null;
    const chunk = { first: range.first, end: Math.min(range.end, range.first + CHUNK) };
    this.#left = chunk.end < range.end ? [{ first: chunk.end, end: range.end }, ...others] : others;
    return chunk;
  }

  #take({ chunk, reached, report }: Played): void {
    addReport(this.report, report);
    for (const broken of report.broken) console.log(describeBroken(broken));
    if (reached < chunk.end) this.#left.unshift({ first: reached, end: chunk.end });
    if (report.broken.length > 0 && this.#options.untilBroken) this.stop();
  }

  #saveNowAndThen(): void {
    if (performance.now() - this.#savedAt > PRINT_EVERY_MS) this.#save();
  }

  #save(): void {
    const { progressFile } = this.#options;
    this.#savedAt = performance.now();
    if (progressFile)
      writeProgress(progressFile, {
        of: this.#of,
        left: [...this.#playing.values(), ...this.#left],
        report: this.report,
      });
  }

  #print(before: number, ms: number): void {
    const { histories, broken, missing, allowed } = this.report;
    const perMinute = Math.round(((histories - before) / ms) * 60_000);
    const all = this.#options.histories.end - this.#options.histories.first;
    console.log(
      `${histories} of ${all} histories, ${perMinute} a minute, ${broken.length} broken, ${missing} hits missing, ${allowed} allowed`,
    );
  }
}

function answerOf(worker: Worker): Promise<Played> {
  return new Promise((resolve, reject) => {
    worker.once("message", (played: Played) => {
      worker.off("error", reject);
      resolve(played);
    });
    worker.once("error", reject);
  });
}
