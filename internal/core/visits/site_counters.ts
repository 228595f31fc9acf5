/**
 * What is counted for a site beside its pages. The site's own counter has its page views.
 *
 * - `<site>/_visits`: visits, the first view of a browser in 30 minutes.
 * - `<site>/_bots`: views by programs. No other counter has them.
 * - `<site>/_other`: views of pages that have no counter of their own, because the site has as many as it may.
 *
 * So the views of a site are those of all its pages and of `_other` together.
 */
export function visitsOf(site: string): string {
  return `${site}/_visits`;
}

export function botsOf(site: string): string {
  return `${site}/_bots`;
}

export function otherPagesOf(site: string): string {
  return `${site}/_other`;
}
