import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Parse, Parsed } from "./read/setting.ts";

/** The file's present content: certificates are renewed in place while a node runs. */
export interface LiveFile {
  (): Buffer;
  /** Absolute. */
  readonly path: string;
}

/** A PEM file (certificates or a key). If it becomes unreadable or invalid, the last valid content stays in use. */
export const pemFile: Parse<LiveFile> = (text) => {
  const first = pemIn(text);
  if ("problem" in first) return first;
  let last = first.value;
  const live = () => {
    const now = pemIn(text);
    if ("value" in now) last = now.value;
    return last;
  };
  return { value: Object.assign(live, { path: resolve(text) }) };
};

/** The absolute path of a PEM file, for programs that follow its changes. */
export const pemPath: Parse<string> = (text) => {
  const read = pemIn(text);
  return "problem" in read ? read : { value: resolve(text) };
};

function pemIn(path: string): Parsed<Buffer> {
  const read = contents(path);
  if ("problem" in read) return read;
  if (read.value.includes("-----BEGIN ")) return read;
  return { problem: "must be a PEM file: a line must begin with -----BEGIN" };
}

/** The first line of a file, for secrets. */
export const secretFile: Parse<string> = (text) => {
  const read = contents(text);
  if ("problem" in read) return read;
  const [secret = ""] = read.value.toString("utf8").split(/\r?\n/);
  return secret === ""
    ? { problem: "must be a file with the password in its first line, which is empty" }
    : { value: secret };
};

/** The absolute path of a directory, which may not exist yet; or `none`. */
export const directoryOrNone: Parse<string> = (text) => {
  if (text === "none") return { value: text };
  if (kindOf(text) === "file") return { problem: "must be a directory (or none), but it is a file" };
  const path = resolve(text);
  const problem = writeProblem(path);
  return problem === null ? { value: path } : { problem: `must be a writable directory (${problem})` };
};

/** The absolute path of a file, which may not exist yet. */
export function filePath(text: string): Parsed<string> {
  return kindOf(text) === "directory" ? { problem: "must be a file, but it is a directory" } : { value: resolve(text) };
}

/** The same for a file that the program writes. */
export function writableFilePath(text: string): Parsed<string> {
  const path = filePath(text);
  if ("problem" in path) return path;
  const problem = writeProblem(path.value) ?? writeProblem(dirname(path.value));
  return problem === null ? path : { problem: `must be a writable file (${problem})` };
}

/** Why `path` is not writable, or null. If it does not exist: why its nearest existing parent is not. */
function writeProblem(path: string): string | null {
  const there = kindOf(path);
  if (there === null && dirname(path) !== path) return writeProblem(dirname(path));
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
    return { problem: `must be a readable file (${reasonOf(error)})` };
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "it does not exist";
  if (code === "EACCES") return "permission denied";
  if (code === "EROFS") return "read-only file system";
  return code === "EISDIR" ? "it is a directory" : String(error);
}

function kindOf(path: string): "file" | "directory" | null {
  const found = foundAt(path);
  if (!found) return null;
  return found.isDirectory() ? "directory" : "file";
}

/** Null also if this user may not search a parent folder: the check of that folder then reports it. */
function foundAt(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return null;
    throw error;
  }
}
