import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The machine's own, which may not run TypeScript. */
export function olderNodes(): string[] {
  const paths = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node"));
  const all = paths.filter((path) => existsSync(path)).map((path) => realpathSync(path));
  const version = (node: string) => spawnSync(node, ["-p", "parseInt(process.versions.node)"], { encoding: "utf8" });
  return [...new Set(all)].filter((node) => Number(version(node).stdout?.trim() || 24) < 24);
}
