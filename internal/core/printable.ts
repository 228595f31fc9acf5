/**
 * What a terminal may obey, or what makes it show another text than it was given: control characters, directions of writing, characters without a
 * width, and line ends of other systems. A line feed is none.
 */
const OBEYED = /[^\P{C}\n]|[\u2028\u2029]/gu;

/** `text` as a terminal can show it safely. Its line feeds stay. */
export function printable(text: string): string {
  return text.replace(OBEYED, "\ufffd");
}

/** JSON with the same value in one line, in which a terminal finds nothing to obey. */
export function printableJson(json: string): string {
  return json.replace(/\s+$/, "").replace(OBEYED, escaped).replaceAll("\n", " ");
}

function escaped(characters: string): string {
  // Outside of strings these are only spaces.
  if (characters === "\r" || characters === "\t") return " ";
  return Array.from({ length: characters.length }, (_, at) => hex(characters.charCodeAt(at))).join("");
}

function hex(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
