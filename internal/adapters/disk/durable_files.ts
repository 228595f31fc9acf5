import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { identityAt, identityOf } from "./file_identity.ts";

/** The ending of a file that is being written and has not taken its name yet. */
export const UNFINISHED = ".new";

/**
 * Puts `text` at `path` in one step: after a crash there is the old file or the new one. It is on disk when this returns, the
 * directory entry is not (`syncDirectory`). Returns the open file. Throws the system's error; the old file then stands.
 */
export function replaceFile(path: string, text: string): number {
  const unfinished = path + UNFINISHED;
  const fd = openSync(unfinished, "w+");
  try {
    writeAll(fd, Buffer.from(text));
    fdatasyncSync(fd);
    rename(unfinished, path, fd);
    return fd;
  } catch (error) {
    closeForGood(fd);
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** Makes what was created, renamed and deleted in the directory of `path` durable. */
export function syncDirectory(path: string): void {
  const fd = openSync(dirname(path), "r");
  try {
    fsyncSync(fd);
  } finally {
    closeForGood(fd);
  }
}

/** Whatever closing says, the number is free afterwards and may be another file's by now: it is never used again. */
export function closeForGood(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // What it held was synced before, or is in the file that takes its place.
  }
}

/** An error does not say that nothing happened: what lies at `path` does. */
function rename(unfinished: string, path: string, fd: number): void {
  try {
    renameSync(unfinished, path);
  } catch (error) {
    if (identityAt(path) !== identityOf(fd)) throw error;
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
}
