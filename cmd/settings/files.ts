import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Parse, Parsed } from "./setting.ts";

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
  const kind = kindOf(text);
  return kind === "file"
    ? { wrong: "must be a directory (or none); there is a file of this name" }
    : { value: resolve(text) };
};

/** The absolute path of a file, which need not exist yet. */
export function filePath(text: string): Parsed<string> {
  return kindOf(text) === "directory"
    ? { wrong: "must name a file; there is a directory of this name" }
    : { value: resolve(text) };
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
  return code === "EISDIR" ? "it is a directory" : String(error);
}

function kindOf(path: string): "file" | "directory" | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return null;
  return found.isDirectory() ? "directory" : "file";
}
