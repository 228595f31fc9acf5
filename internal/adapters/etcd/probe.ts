import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import type { Identity } from "../../core/identity/identity.ts";
import type { Clock } from "../../ports/clock.ts";
import { hostAndPort } from "./addresses.ts";
import { identityCheck } from "./server_identity.ts";

export interface TlsSettings {
  /** PEM of the authorities that may sign etcd's certificate. Default: Node's own list. */
  readonly ca?: Buffer;
  /** PEM of this client's certificate and key, if etcd asks for one. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Who the server's certificate must name, besides its host. Absent: the host is enough. */
  readonly server?: Identity;
}

/**
 * Resolves if `endpoint` (`host:port`), at `address` if given, speaks HTTP/2 within `timeoutMs`. Otherwise rejects with Node's error.
 *
 * grpc-js alone cannot do this: it has no connect timeout, cannot close a socket that is still connecting, and hides why a handshake
 * failed. A channel that is opened right after a successful probe avoids all three.
 */
export function probe(
  endpoint: string,
  settings: TlsSettings | null,
  timeoutMs: number,
  clock: Clock,
  address = endpoint,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = dial(endpoint, address, settings);
    const session = http2.connect(`http://${endpoint}`, { createConnection: () => socket });
    const end = (error?: Error) => {
      cancel();
      session.destroy();
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    const cancel = clock.after(timeoutMs, () => end(new Error(`no answer within ${timeoutMs} ms`)));
    // In TLS 1.3, a refused client certificate is reported only after the handshake: by the socket, not by the session.
    socket.on("error", end);
    socket.once("close", () => end(new Error("the connection was closed without a reply")));
    session.on("error", end);
    session.once("remoteSettings", () => end());
  });
}

function dial(endpoint: string, address: string, settings: TlsSettings | null): net.Socket {
  if (!settings) return net.connect(hostAndPort(address));
  const { host } = hostAndPort(endpoint);
  // A certificate is checked against the name. TLS does not allow an address as server name.
  const named = net.isIP(host) ? {} : { servername: host };
  const { server, ...files } = settings;
  const checked = server ? { checkServerIdentity: identityCheck(server) } : {};
  return tls.connect({ ...hostAndPort(address), ...named, ...files, ...checked, ALPNProtocols: ["h2"] });
}
