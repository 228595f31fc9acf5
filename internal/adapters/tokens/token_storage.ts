import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { formatTokens, parseTokens, type TokenEntry } from "../../core/access/token_list.ts";

/** A file of tokens is not usable. The message is a sentence that says why, and what to do. */
export class TokenFileError extends Error {
  override readonly name = "TokenFileError";
}

/** Others may read the hashes, as they may in a mounted Secret, but not add their own. */
const OTHERS_MAY_WRITE = 0o022;
const ONLY_THIS_USER = 0o600;

/** The tokens of a file. Throws TokenFileError. */
export function readTokens(path: string): readonly TokenEntry[] {
  const list = parseTokens(textOf(path));
  if ("tokens" in list) return list.tokens;
  throw new TokenFileError(`${path} is not a list of tokens. ${list.problems.join(" ")}`);
}

/** What changes with the file's content, also when Kubernetes exchanges a mounted Secret. Null: there is no file. */
export function versionOf(path: string): string | null {
  try {
    const { ino, size, mtimeMs, ctimeMs, mode } = statSync(path);
    return [ino, size, mtimeMs, ctimeMs, mode].join();
  } catch {
    return null;
  }
}

/**
 * Replaces the tokens of a file by what `change` makes of them; a file that does not exist has none. A reader sees the old or the new list.
 * Throws TokenFileError.
 */
export function changeTokens(path: string, change: (tokens: readonly TokenEntry[]) => readonly TokenEntry[]): void {
  const draft = `${path}.new`;
  const descriptor = createDraft(draft);
  try {
    const tokens = existsSync(path) ? readTokens(path) : [];
    writeSync(descriptor, formatTokens(change(tokens)));
    fchmodSync(descriptor, ONLY_THIS_USER);
    fsyncSync(descriptor);
    renameSync(draft, path);
  } catch (error) {
    unlinkSync(draft);
    throw error instanceof TokenFileError ? error : new TokenFileError(`Cannot write ${path}: ${reasonOf(error)}.`);
  } finally {
    closeSync(descriptor);
  }
}

/** The draft is also the lock: two changes at once would lose one of them. */
function createDraft(draft: string): number {
  try {
    return openSync(draft, "wx", ONLY_THIS_USER);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw new TokenFileError(`Cannot create ${draft}: ${reasonOf(error)}.`);
    throw new TokenFileError(`${draft} exists: another command is changing the tokens. If none is, remove this file.`);
  }
}

function textOf(path: string): string {
  try {
    const { mode } = statSync(path);
    if ((mode & OTHERS_MAY_WRITE) === 0) return readFileSync(path, "utf8");
    throw new TokenFileError(
      `${path} has mode ${(mode & 0o777).toString(8)}: other users could add tokens. Use: chmod 600 ${path}`,
    );
  } catch (error) {
    if (error instanceof TokenFileError) throw error;
    throw new TokenFileError(`Cannot read ${path}: ${reasonOf(error)}.`);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "it does not exist";
  if (code === "EACCES") return "permission denied";
  if (code === "EROFS") return "read-only file system";
  return error instanceof Error ? error.message : String(error);
}
