import { type ClientHttp2Session, connect } from "node:http2";
import type { Clock } from "../../ports/clock.ts";

export interface TlsSettings {
  /** PEM of the authorities that etcd's certificate is checked against; without it, the system's. */
  readonly ca?: Buffer;
  /** PEM of this client's certificate and key, where etcd asks for one. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/**
 * Resolves when `endpoint` (`host:port`) speaks HTTP/2 within `timeoutMs`; rejects with Node's reason otherwise.
 *
 * Why not leave this to grpc-js: it has no connect timeout, cannot let go of a socket that is still connecting, and hides why a
 * handshake failed. A channel that is opened right after a good probe never gets into those states.
 */
export function probe(endpoint: string, tls: TlsSettings | null, timeoutMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    let session: ClientHttp2Session;
    try {
      session = connect(`${tls ? "https" : "http"}://${endpoint}`, tls ?? {});
    } catch (error) {
      reject(error);
      return;
    }
    const end = (error?: Error) => {
      cancel();
      session.destroy();
      if (error) reject(error);
      else resolve();
    };
    const cancel = clock.after(timeoutMs, () => end(new Error(`no answer within ${timeoutMs} ms`)));
    session.on("error", end);
    session.once("close", () => end(new Error("the connection was closed before a word was said")));
    session.once("remoteSettings", () => end());
  });
}
