import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { syncDirectory } from "./durable_files.ts";

/**
 * Makes the folder at `path` and those above it, where missing, and makes their entries durable: a synced file in a lost folder is
 * lost. Level by level, because Node's own `recursive` never returns where a system says ENOENT inside a folder that exists, as
 * `/proc` does. Throws the system's error.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  syncDirectory(path);
}
