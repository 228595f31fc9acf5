import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import type { Clock } from "../../ports/clock.ts";
import { hostAndPort } from "./addresses.ts";

export interface TlsSettings {
  /** PEM of the authorities that etcd's certificate is checked against; without it, the system's. */
  readonly ca?: Buffer;
  /** PEM of this client's certificate and key, where etcd asks for one. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/**
 * Resolves when `endpoint` (`host:port`), at `address` if that is known, speaks HTTP/2 within `timeoutMs`; rejects with Node's reason otherwise.
 *
 * Why not leave this to grpc-js: it has no connect timeout, cannot let go of a socket that is still connecting, and hides why a
 * handshake failed. A channel that is opened right after a good probe never gets into those states.
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
    // The session keeps quiet when etcd refuses a client certificate, which TLS 1.3 tells only after the handshake: the socket does not.
    socket.on("error", end);
    socket.once("close", () => end(new Error("the connection was closed before a word was said")));
    session.on("error", end);
    session.once("remoteSettings", () => end());
  });
}

function dial(endpoint: string, address: string, settings: TlsSettings | null): net.Socket {
  if (!settings) return net.connect(hostAndPort(address));
  const { host } = hostAndPort(endpoint);
  // A certificate is checked against the name; TLS has no place for an address there.
  const named = net.isIP(host) ? {} : { servername: host };
  return tls.connect({ ...hostAndPort(address), ...named, ...settings, ALPNProtocols: ["h2"] });
}
