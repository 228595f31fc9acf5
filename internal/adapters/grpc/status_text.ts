import { status } from "@grpc/grpc-js";

/** The error of a call in plain words. grpc wraps an attempt's error in messages of its load balancer. */
export function statusText(code: status, details: string): string {
  const said = details
    .replace(/^No connection established\. Last error: (?:Error: )?/, "")
    .replace(/^RefusedPeer: /, "refused the peer: ")
    .replace(/\. Resolution note: *$/, "")
    .replace(/^Deadline exceeded(?: after ([\d.]+)s)?.*$/s, (_, seconds) => `no answer within ${seconds ?? "its"} s`)
    .replace(/^Cancelled on client$/, "closed on this side");
  return `${status[code]}: ${said}`;
}
