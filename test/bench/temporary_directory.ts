import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endAll } from "./pinned_process.ts";

/** Calls `use` with a new directory, and deletes it afterwards. */
export async function withDirectory<T>(use: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    return await use(path);
  } catch (error) {
    // Processes that still write there would keep it from being deleted, and that error would hide this one.
    endAll();
    throw error;
  } finally {
    rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  }
}
