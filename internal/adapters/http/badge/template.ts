import { asciiHtml } from "../page/ascii_html.ts";
import { logoImage } from "./logos.ts";
import type { BadgeLook } from "./look.ts";

/** A badge without its number. `logo`: a name that `logoNamed` knows. */
type DrawnLook = BadgeLook & { readonly logo?: string | null };

/** Makes the SVG of a badge, in ASCII, for any number of the length that the template was drawn for. */
export type BadgeTemplate = (number: string) => string;

/** A badge's SVG, in ASCII. The library is loaded with the first badge: it takes 11 MB that most nodes never need. */
export async function drawBadge(look: DrawnLook, message: string): Promise<string> {
  const { makeBadge } = await import("badge-maker");
  const { label, color, style, logo = null } = look;
  const logoBase64 = logo === null ? undefined : logoImage(logo);
  return asciiHtml(makeBadge({ label, color, style, message, ...(logoBase64 && { logoBase64 }) }));
}

/**
 * Draws a badge once for all numbers of one length. In the fonts of badges all digits are equally wide, so only the digits differ.
 */
export async function badgeTemplate(look: DrawnLook, number: string): Promise<BadgeTemplate> {
  const drawWith = (digit: string) => drawBadge(look, number.replace(/\d/g, digit));
  const parts = partsAround(await drawWith("0"), await drawWith("1"), number.length);
  return (text) => parts.join(text);
}

/** The common parts of two badges that differ only in their numbers. The numbers begin with a digit and have this length. */
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
