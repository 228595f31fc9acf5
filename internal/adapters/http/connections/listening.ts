import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "../../../ports/logger.ts";
import { closeServer } from "./shutdown.ts";

/** Connections that the kernel queues while this process is busy. */
const BACKLOG = 4096;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Every address of this machine, of both families: a pod may have an address of either one. */
const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** A server could not listen on an address. The message says which, why, and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  /** What the system calls it, for example EADDRINUSE; empty if it has no name. */
  readonly code: string;

  constructor({ host, port }: ListenAddress, cause: NodeJS.ErrnoException) {
    const why = LISTEN_ERRORS[cause.code ?? ""] ?? `${cause.message}.`;
    super(`Cannot listen on ${host}, port ${port}: ${why}`, { cause });
    this.code = cause.code ?? "";
  }
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process uses this port. Stop it, or choose another port.",
  EACCES: "this user may not use this port. Choose one from 1024 up.",
  EADDRNOTAVAIL: "this machine has no such address.",
  ENOTFOUND: "there is no such host.",
};

/** Throws ListenError if the port is in use or not permitted. */
export async function startListening(server: Server, address: ListenAddress): Promise<void> {
  const began = once(server, "listening");
  const { host, port } = address;
  // Without a host, Node listens on what the machine has: on IPv4 alone where there is no IPv6.
  server.listen({ port, ...(!EVERYWHERE.has(host) && { host }), backlog: BACKLOG });
  await began.catch((error: NodeJS.ErrnoException) => {
    throw new ListenError(address, error);
  });
}

/** Listens for a moment, to find a port that is taken before anything else is started. Throws ListenError. */
export async function assertFree(address: ListenAddress): Promise<void> {
  const server = createServer().on("connection", (socket) => socket.destroy());
  await startListening(server, address);
  await new Promise((resolve) => server.close(resolve));
}

/** Where a server listens, with the port that the system chose if 0 was asked for. */
export function addressOf(server: Server): { readonly address: string; readonly port: number } {
  const { address, family, port } = server.address() as AddressInfo;
  return { address: `${family === "IPv6" ? `[${address}]` : address}:${port}`, port };
}

export interface Listening {
  /** `host:port`, with the port that the system chose if 0 was asked for. */
  readonly address: string;
  readonly port: number;
  /**
   * Stops accepting connections, dismisses event streams, waits for responses in flight, and closes every connection after at most
   * `deadline` milliseconds. Never throws.
   */
  close(deadline: number): Promise<void>;
}

/** Starts a server. Throws ListenError. */
export async function listeningOn(server: Server, where: ListenAddress, logger: Logger): Promise<Listening> {
  await startListening(server, where);
  // For example too many open files. This passes, and must not end the process.
  server.on("error", (error) => logger.warn("connection not accepted", { error: error.message }));
  return { ...addressOf(server), close: (deadline) => closeServer(server, deadline) };
}
