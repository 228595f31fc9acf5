/** `gzip` among the encodings, unless its weight is 0. */
const GZIP = /(?:^|[\s,])gzip\s*(?:,|$|;\s*q=(?!0(?:\.0*)?\s*(?:,|$)))/i;

/** Whether a client with this `Accept-Encoding` takes gzip (RFC 9110, section 12.5.3). Without the header it gets plain text. */
export function acceptsGzip(encodings: string | string[] | undefined): boolean {
  return encodings !== undefined && GZIP.test(String(encodings));
}
