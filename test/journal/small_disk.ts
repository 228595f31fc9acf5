import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `body` with a file system of its own of `bytes` bytes. False when this user may not mount one. */
export function withSmallDisk(bytes: number, body: (path: string) => void): boolean {
  const path = mkdtempSync(join(tmpdir(), "small-disk-"));
  try {
    if (!succeeds("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path])) return false;
    try {
      body(path);
    } finally {
      execFileSync("umount", [path]);
    }
    return true;
  } finally {
    rmdirSync(path);
  }
}

/** Makes a mounted file system refuse all writes. */
export function makeReadOnly(path: string): void {
  execFileSync("mount", ["-o", "remount,ro", path]);
}

function succeeds(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
