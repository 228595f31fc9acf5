import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Parse, Parsed } from "./read/setting.ts";

/** What a file holds now: certificates are renewed in place, long before a node ends. */
export type LiveFile = () => Buffer;

/** A PEM file (certificates or a key). While it cannot be read, or is no PEM file any more, what it last was stands. */
export const pemFile: Parse<LiveFile> = (text) => {
  const first = pemIn(text);
  if ("wrong" in first) return first;
  let last = first.value;
  const live = () => {
    const now = pemIn(text);
    if ("value" in now) last = now.value;
    return last;
  };
  return { value: live };
};

function pemIn(path: string): Parsed<Buffer> {
  const read = contents(path);
  if ("wrong" in read) return read;
  if (read.value.includes("-----BEGIN ")) return read;
  return { wrong: "must be a PEM file; it has no line that begins with -----BEGIN" };
}

/** The first line of a file, for secrets. */
export const secretFile: Parse<string> = (text) => {
  const read = contents(text);
  if ("wrong" in read) return read;
  const [secret = ""] = read.value.toString("utf8").split(/\r?\n/);
  return secret === ""
    ? { wrong: "must be a file whose first line is the password; its first line is empty" }
    : { value: secret };
};

/** The absolute path of a directory, which need not exist yet; `none` stays as it is. */
export const directoryOrNone: Parse<string> = (text) => {
  if (text === "none") return { value: text };
  if (kindOf(text) === "file") return { wrong: "must be a directory (or none); there is a file of this name" };
  const path = resolve(text);
  const trouble = writingTrouble(path);
  return trouble === null ? { value: path } : { wrong: `must be a directory that can be written (${trouble})` };
};

/** The absolute path of a file, which need not exist yet. */
export function filePath(text: string): Parsed<string> {
  return kindOf(text) === "directory"
    ? { wrong: "must name a file; there is a directory of this name" }
    : { value: resolve(text) };
}

/** The same, of a file that is written. */
export function writableFilePath(text: string): Parsed<string> {
  const path = filePath(text);
  if ("wrong" in path) return path;
  const trouble = writingTrouble(path.value) ?? writingTrouble(dirname(path.value));
  return trouble === null ? path : { wrong: `must be where a file can be written (${trouble})` };
}

/** Why nothing can be written at `path` or, if it is not there yet, where it would be made; or null. */
function writingTrouble(path: string): string | null {
  const there = kindOf(path);
  if (there === null && dirname(path) !== path) return writingTrouble(dirname(path));
  try {
    accessSync(path, constants.W_OK | (there === "directory" ? constants.R_OK | constants.X_OK : 0));
    return null;
  } catch (error) {
    return `${path}: ${reasonOf(error)}`;
  }
}

function contents(path: string): Parsed<Buffer> {
  try {
    return { value: readFileSync(path) };
  } catch (error) {
    return { wrong: `must be a file that can be read (${reasonOf(error)})` };
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is none of this name";
  if (code === "EACCES") return "permission denied";
  if (code === "EROFS") return "read-only file system";
  return code === "EISDIR" ? "it is a directory" : String(error);
}

function kindOf(path: string): "file" | "directory" | null {
  const found = foundAt(path);
  if (!found) return null;
  return found.isDirectory() ? "directory" : "file";
}

/** Null also where a folder on the way may not be looked into: the folder itself then tells. */
function foundAt(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return null;
    throw error;
  }
}
