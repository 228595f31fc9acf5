import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RELEASE_0_1_0 } from "../needs.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** Takes the programs of the release 0.1.0 out of the history, into a temporary folder, whose path it returns. */
export function takeOutRelease(): string {
  const folder = mkdtempSync(join(tmpdir(), "release-"));
  const archive = execFileSync("git", ["archive", RELEASE_0_1_0, "cmd", "internal", "proto", "package.json"], {
    cwd: ROOT,
    maxBuffer: 100 * 1024 * 1024,
  });
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["x", "-C", folder], { input: archive });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}
