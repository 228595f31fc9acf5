import { fnv1a64 } from "../hash.ts";
import { MAX_NAME_LENGTH } from "../names.ts";

/** Longest name of a site. It leaves room for the names of its pages. */
export const MAX_SITE_LENGTH = 64;

const PLAIN_PART = /^[a-z0-9](?:[._-]*[a-z0-9])*$/;
const DEFAULT_DOCUMENT = /^(?:index|default)(?:\.[a-z]{3,5})?$/;
/** The page of a site's root. No other page has this name, because it is that of a default document. */
const ROOT = "index";

/** Parameters that say where a visitor came from, and not which page it is. */
const TRACKING =
  /^(?:utm_\w+|pk_\w+|mtm_\w+|matomo_\w+|hsa_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|li_fat_id|mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi|_openstat|vero_id|ref|ref_src|source)$/i;

/** Whether `text` can be the name of a site: a counter's name of one part. A host's name is one. */
export function isSiteName(text: string): boolean {
  return text.length <= MAX_SITE_LENGTH && PLAIN_PART.test(text);
}

/**
 * The counter of a page: its site's name, and a part for each segment of its path. Addresses that lead to the same page get the same name:
 *
 * - capital letters become small ones; slashes at the end, double slashes and the fragment (`#`) are ignored;
 * - `index` and `default`, with any ending or none (`index.html`), stand for the folder that they are in; the root is `<site>/index`;
 * - parameters of campaigns and trackers (TRACKING) are ignored; all others tell pages apart, and their order is ignored.
 *
 * A segment that is no part of a counter's name is shortened to what can be one, and gets a hash of the whole segment: `/über uns` is
 * `uber-uns-` and a hash. So does a name that is too long. Different pages share a name only if a 64-bit hash collides.
 *
 * @param site a name for which `isSiteName` holds.
 * @param path path and query of the page's address as a browser writes them, for example `/posts/1/?utm_source=feed`.
 */
export function pageName(site: string, path: string): string {
  const [before = ""] = path.split("#", 1);
  const at = before.indexOf("?");
  const segments = (at === -1 ? before : before.slice(0, at)).split("/").filter((segment) => segment !== "");
  const parts = segments.map((segment) => decoded(segment).toLowerCase().replaceAll("?", "%3f"));
  if (DEFAULT_DOCUMENT.test(parts.at(-1) ?? "")) parts.pop();
  const query = at === -1 ? "" : queryOf(before.slice(at + 1));
  if (query !== "") parts.push(`${parts.pop() ?? ""}?${query}`);
  return shortened([site, ...(parts.length === 0 ? [ROOT] : parts.map(partOf))].join("/"));
}

/** Without tracking parameters, sorted. It stays escaped, or one parameter could look like two. */
function queryOf(query: string): string {
  const parameters = query.split("&").filter((one) => one !== "" && !TRACKING.test(one.split("=", 1)[0] ?? ""));
  return parameters.sort().join("&");
}

/** A segment may have a `%` that escapes nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text).normalize("NFC");
  } catch {
    return text;
  }
}

function partOf(segment: string): string {
  return PLAIN_PART.test(segment) ? segment : hashed(slugOf(segment), segment);
}

/** What of a segment can be in a name: letters without their accents, and a hyphen for each run of anything else. */
function slugOf(segment: string): string {
  const plain = segment
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}+/gu, "");
  return plain.replace(/[^a-z0-9._-]+/g, "-").replace(/^[._-]+|[._-]+$/g, "");
}

/** Most characters of a hash and its hyphen: 64 bits in base 36. */
const HASH_LENGTH = 14;

function hashed(slug: string, whole: string): string {
  const hash = fnv1a64(encodeURIComponent(whole.toWellFormed())).toString(36);
  return slug === "" ? hash : `${slug}-${hash}`;
}

function shortened(name: string): string {
  if (name.length <= MAX_NAME_LENGTH) return name;
  return hashed(name.slice(0, MAX_NAME_LENGTH - HASH_LENGTH).replace(/[._/-]+$/, ""), name);
}
