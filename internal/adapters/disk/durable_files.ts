import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { identityAt, identityOf } from "./file_identity.ts";

/** Suffix of a file that is still being written. */
export const UNFINISHED = ".new";

/**
 * Replaces the file at `path` by `content` in one step: a crash leaves the old file or the new one. Its content is on disk when this
 * returns; for its directory entry, call `syncDirectory`. `prepare` gets the path of the new file while that is empty. Returns the open
 * file. Throws the system's error, and then leaves the old file in place.
 */
export function replaceFile(path: string, content: string | Buffer, prepare = (_unfinished: string) => {}): number {
  const unfinished = path + UNFINISHED;
  const fd = openSync(unfinished, "w+");
  try {
    prepare(unfinished);
    writeAll(fd, Buffer.from(content));
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

/** Closes `fd` and ignores errors: the kernel frees the number in any case, and another file may get it. */
export function closeForGood(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Its content was synced before, or is in the file that replaced it.
  }
}

/** A rename that reports an error may have happened: only the file at `path` tells. */
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
