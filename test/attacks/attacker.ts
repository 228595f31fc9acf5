import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { RawClient } from "../adapters/http/raw_client.ts";
import { CannotRun, type Target } from "./attack.ts";

/** On loopback an attacker has an address of its own, so that bounds per address do not meet the honest client. */
export const ATTACKER_ADDRESS = "127.66.6.6";

/** Opens a connection that sends exactly the bytes that it is given. Throws CannotRun if the target speaks TLS. */
export async function openRaw(target: Target, from = ATTACKER_ADDRESS): Promise<RawClient> {
  const socket = openSocket(target, from);
  const client = new RawClient(socket);
  await once(socket, "connect");
  return client;
}

/** The same, without waiting until it is connected. Its errors are ignored. */
export function openSocket({ publicUrl }: Target, from = ATTACKER_ADDRESS): Socket {
  const { protocol, hostname, port } = new URL(publicUrl);
  if (protocol !== "http:") throw new CannotRun("it sends bytes of its own, which needs an http:// address");
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const socket = connect({ host, port: Number(port || 80), ...(isLoopback(host) && { localAddress: from }) });
  return socket.on("error", () => {});
}

/** Whether addresses of loopback can be chosen to come from. */
export function isLoopback(host: string): boolean {
  return host.startsWith("127.");
}
