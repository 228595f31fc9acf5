import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { syncDirectory } from "./durable_files.ts";

/**
 * Creates the folder at `path` and its missing parents, and syncs their directory entries: a synced file in a lost folder is lost. It works
 * level by level, because Node's `recursive` never returns if mkdir fails with ENOENT in a folder that exists, as in `/proc`. Throws the
 * system's error.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process created it first.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  syncDirectory(path);
}
