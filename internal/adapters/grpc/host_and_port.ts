import { peerAddress, refuse } from "./checks.ts";

const MAX_PORT = 65_535;

/** The parts of `host:port`; an IPv6 host is without brackets. Throws Malformed. */
export function hostAndPort(address: string): { host: string; port: number } {
  const at = peerAddress(address).lastIndexOf(":");
  const [host, port] = [address.slice(0, at).replace(/^\[|\]$/g, ""), Number(address.slice(at + 1))];
  return port <= MAX_PORT ? { host, port } : refuse("port of a peer address", port, `at most ${MAX_PORT}`);
}
