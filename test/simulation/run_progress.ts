import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { RunReport } from "./run_report.ts";
import type { Chunk } from "./run_worker.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** How far a run came. */
export interface Progress {
  /** What was played: another program, or other histories, cannot go on with it. */
  readonly of: string;
  /** Histories that are still to be played. */
  readonly left: readonly Chunk[];
  readonly report: RunReport;
}

/** Identifies a run: its histories, and the program that plays them. */
export function runOf({ first, end }: Chunk): string {
  const hash = createHash("sha256").update(`${first} ${end}`);
  for (const path of globSync(["internal/**/*.ts", "test/simulation/*.ts", "test/simulation/faults/*.ts"], {
    cwd: ROOT,
  }).sort())
    hash.update(path).update(readFileSync(resolve(ROOT, path)));
  return hash.digest("hex");
}

/** Null if there is none, or if it is of another run. */
export function readProgress(file: string, of: string): Progress | null {
  try {
    const progress = JSON.parse(readFileSync(file, "utf8")) as Progress;
    return progress.of === of ? progress : null;
  } catch {
    return null;
  }
}

export function writeProgress(file: string, progress: Progress): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(progress));
  renameSync(`${file}.new`, file);
}

export function deleteProgress(file: string): void {
  rmSync(file, { force: true });
}
