import { type BigIntStats, fstatSync, statSync } from "node:fs";

/** Which file something is, as device and inode: while it is open, no other file can have the same. */
export type FileIdentity = string;

/** Which file is at `path`; null if there is none, or none that can be looked at. */
export function identityAt(path: string): FileIdentity | null {
  try {
    return identity(statSync(path, { bigint: true }));
  } catch {
    return null;
  }
}

export function identityOf(fd: number): FileIdentity {
  return identity(fstatSync(fd, { bigint: true }));
}

/** Why the file `expected` is not at `path`, as a sentence without a full stop; null: it is there. */
export function whyNotAt(path: string, expected: FileIdentity): string | null {
  const found = identityAt(path);
  if (found === expected) return null;
  return found === null ? `${path} was deleted or moved` : `another file took the place of ${path}`;
}

function identity({ dev, ino }: BigIntStats): FileIdentity {
  return `${dev}:${ino}`;
}
