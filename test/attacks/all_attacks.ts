import { readdirSync } from "node:fs";
import type { Attack } from "./attack.ts";

/** The attacks of this folder, by number: each file whose name begins with one exports an attack. */
export async function allAttacks(): Promise<readonly Attack[]> {
  const files = readdirSync(import.meta.dirname).filter((name) => /^\d\d_.*\.ts$/.test(name));
  const modules: { attack: Attack }[] = await Promise.all(files.sort().map((name) => import(`./${name}`)));
  return modules.map(({ attack }) => attack);
}
