import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own. */
export interface SmallDisk {
  readonly path: string;
  unmount(): void;
}

/** Mounts a file system of `bytes` bytes. Null when this user may not mount one. */
export function mountSmallDisk(bytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), "small-disk-"));
  if (!succeeds("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path])) {
    rmdirSync(path);
    return null;
  }
  const unmount = () => {
    execFileSync("umount", [path]);
    rmdirSync(path);
  };
  return { path, unmount };
}

/** Runs `body` with a file system of its own of `bytes` bytes. The test says before that it needs "mount". */
export function withSmallDisk(bytes: number, body: (path: string) => void): void {
  const disk = mountSmallDisk(bytes);
  if (!disk) throw new Error("Cannot mount a tmpfs");
  try {
    body(disk.path);
  } finally {
    disk.unmount();
  }
}

/** Makes a mounted file system refuse all writes. It fails while a file is open for writing in it. */
export function makeReadOnly(path: string): void {
  execFileSync("mount", ["-o", "remount,ro", path]);
}

/** Undoes that. */
export function makeWritable(path: string): void {
  execFileSync("mount", ["-o", "remount,rw", path]);
}

function succeeds(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
