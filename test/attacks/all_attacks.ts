import { readdirSync } from "node:fs";
import type { Attack } from "./attack.ts";

/** The attacks of this folder, by number: each file whose name begins with one exports an attack. Bundled, they end in .js. */
export async function allAttacks(): Promise<readonly Attack[]> {
  const files = readdirSync(import.meta.dirname).filter((name) => /^\d\d_.*\.[jt]s$/.test(name));
  const urls = files.sort().map((name) => new URL(name, import.meta.url).href);
  const modules: { attack: Attack }[] = await Promise.all(urls.map((url) => import(url)));
  return modules.map(({ attack }) => attack);
}
