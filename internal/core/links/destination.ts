/** Longest address that a link may lead to, in characters. */
export const MAX_DESTINATION_LENGTH = 2_000;

/** What a destination must be, in words. */
export const DESTINATION_FORM = `an address that begins with http:// or https://, without user and password, of at most ${MAX_DESTINATION_LENGTH} characters`;

/** A header takes an address of these characters as it is, and nothing else can end a header. */
const ADDRESS = /^https?:\/\/[\x21-\x7e]+$/;

/** The address that a person means, as browsers write it (WHATWG URL Standard); null if no link may lead there. */
export function destinationOf(text: string): string | null {
  const href = URL.parse(text)?.href ?? "";
  return isDestination(href) ? href : null;
}

/** Whether a link may lead to this address, as `destinationOf` wrote it. */
export function isDestination(href: string): boolean {
  if (href.length > MAX_DESTINATION_LENGTH || !ADDRESS.test(href)) return false;
  const url = URL.parse(href);
  return url !== null && url.username === "" && url.password === "";
}
