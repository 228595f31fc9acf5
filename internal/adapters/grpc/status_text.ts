import { status } from "@grpc/grpc-js";

/** How a call ended, for people. grpc puts an attempt's own error behind words of its load balancer, and an empty note after it. */
export function statusText(code: status, details: string): string {
  const said = details
    .replace(/^No connection established\. Last error: (?:Error: )?/, "")
    .replace(/\. Resolution note: *$/, "")
    .replace(/^Deadline exceeded(?: after ([\d.]+)s)?.*$/s, (_, seconds) => `no answer within ${seconds ?? "its"} s`)
    .replace(/^Cancelled on client$/, "given up on this side");
  return `${status[code]}: ${said}`;
}
