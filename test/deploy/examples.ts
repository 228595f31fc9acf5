import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** A file of docs/examples, with each `[written, replacement]` replaced. Throws if one of them is not in the file. */
export function example(name: string, replacements: readonly (readonly [string, string])[]): string {
  const text = readFileSync(`${ROOT}/docs/examples/${name}`, "utf8");
  return replacements.reduce((changed, [written, replacement]) => {
    if (!changed.includes(written)) throw new Error(`docs/examples/${name} has no ${JSON.stringify(written)}`);
    return changed.replaceAll(written, replacement);
  }, text);
}
