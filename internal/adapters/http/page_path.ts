/**
 * The path of a counter's page. A `/` in a name stands as it is in every URL, or as `%2F`; only here must one that is followed by `embed`
 * be escaped, because `/c/{name}/embed` is another page.
 */
export function pagePath(counter: string): string {
  return `/c/${counter.endsWith(EMBED) ? encodeURIComponent(counter) : counter}`;
}

/** The end of a path that is not the page of a counter. */
export const EMBED = "/embed";
