import { asciiHtml } from "../page/ascii_html.ts";
import type { BadgeLook } from "./look.ts";

/** Makes a badge's SVG for a number of the length that it was made for. ASCII only. A text without digits is fixed in it. */
export type BadgeTemplate = (number: string) => string;

/**
 * Draws a badge once for all numbers of one length: in the fonts of badges all digits are equally wide, so only the digits differ.
 * The library is loaded with the first badge: it takes 11 MB that most nodes never need.
 */
export async function badgeTemplate(look: BadgeLook, number: string): Promise<BadgeTemplate> {
  const { makeBadge } = await import("badge-maker");
  const draw = (message: string) => asciiHtml(makeBadge({ ...look, message }));
  const same = (digit: string) => draw(number.replace(/\d/g, digit));
  const parts = partsAround(same("0"), same("1"), number.length);
  return (text) => parts.join(text);
}

/** What two badges have in common that differ only in their numbers, which begin with a digit and have this length. */
function partsAround(zeros: string, ones: string, length: number): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < zeros.length; at++) {
    if (zeros[at] === ones[at]) continue;
    parts.push(zeros.slice(start, at));
    start = at + length;
    at = start - 1;
  }
  return [...parts, zeros.slice(start)];
}
