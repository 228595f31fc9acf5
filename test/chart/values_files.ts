import { readdirSync, readFileSync } from "node:fs";
import { load } from "js-yaml";
import type { Values } from "./helm.ts";

const FOLDER = new URL("values/", import.meta.url);

/** Values that differ as much as they can, by the names of their files; and none at all. */
export const VALUES_FILES: ReadonlyMap<string, Values> = new Map([
  ["nothing", {}],
  ...readdirSync(FOLDER).map((file) => [file, load(readFileSync(new URL(file, FOLDER), "utf8")) as Values] as const),
]);
