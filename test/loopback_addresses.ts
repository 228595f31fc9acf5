import { networkInterfaces } from "node:os";

/** As URLs have them: 127.0.0.1, and [::1] on a machine that has IPv6. */
export function loopbackAddresses(): readonly string[] {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own.some(({ address }) => address === "::1") ? ["127.0.0.1", "[::1]"] : ["127.0.0.1"];
}
