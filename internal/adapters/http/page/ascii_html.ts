/** Writes every character beyond ASCII as a numeric entity, so that a page has as many bytes as characters. */
export function asciiHtml(html: string): string {
  return html.replace(/[^\p{ASCII}]/gu, (character) => `&#${character.codePointAt(0)};`);
}
