/** `gzip` among the encodings, unless its weight is 0. */
const GZIP = /(?:^|[\s,])gzip\s*(?:,|$|;\s*q=(?!0(?:\.0*)?\s*(?:,|$)))/i;

/** Whether whoever sent this `Accept-Encoding` takes gzip (RFC 9110, 12.5.3). Whoever says nothing gets the plain text. */
export function acceptsGzip(encodings: string | string[] | undefined): boolean {
  return encodings !== undefined && GZIP.test(String(encodings));
}
