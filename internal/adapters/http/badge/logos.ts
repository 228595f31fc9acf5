import { readFileSync } from "node:fs";
import { suggestion } from "../../../core/suggestion.ts";
import { quoted } from "../problems.ts";
import { wrong } from "./words.ts";

/** Logos by name, as paths in a box of 24 by 24. `write_logos.ts` says where they are from, and which these are. */
type Logos = ReadonlyMap<string, string>;

let logos: Logos | undefined;

/** Reads the file with the first logo that somebody asks for: most nodes never need its 120 kB. Throws if it is missing. */
function allLogos(): Logos {
  logos ??= new Map(Object.entries(pathsIn(readFileSync(new URL("logos.json", import.meta.url), "utf8"))));
  return logos;
}

function pathsIn(text: string): Record<string, string> {
  return (JSON.parse(text) as { paths: Record<string, string> }).paths;
}

export function logoNames(): string[] {
  return [...allLogos().keys()];
}

/** The name of the logo that a query asks for, in any case; null: it asks for none. Throws Problem. */
export function logoNamed(text: string | undefined): string | null {
  if (text === undefined) return null;
  const name = text.toLowerCase();
  const known = allLogos();
  if (known.has(name)) return name;
  const similar = suggestion(name, known.keys());
  const some = similar === undefined ? `some are ${FAMOUS}` : `a similar one is ${similar}`;
  throw wrong("logo", `is ${quoted(text)}; ${some}`, [...known.keys()].join(", "));
}

const FAMOUS = "github, npm and docker";

/** The logo as an image inside of a badge, near white as the text beside it. */
export function logoImage(name: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#f5f5f5" d="${allLogos().get(name)}"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
}
