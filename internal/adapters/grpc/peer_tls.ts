import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, type SecureContextOptions, type TLSSocket } from "node:tls";
import { whyNotPeer } from "../../core/identity/identity.ts";
import { uriNamesIn } from "../../core/identity/subject_alt_name.ts";
import type { CertificateSet, Certificates } from "../../ports/certificates.ts";

/** How peers make sure of each other. */
export interface PeerSecurity {
  readonly certificates: Certificates;
  /** Whether peers without TLS are spoken with, too: while a cluster changes from one to the other. */
  readonly plainToo: boolean;
}

/** The certificate of a peer that was accepted. */
export interface PeerCertificateFacts {
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  /** SHA-256 fingerprint of the authority that signed it, directly or not. */
  readonly authority: string;
}

/** The other end speaks TLS, and its certificate is not good. */
export class RefusedPeer extends Error {
  override readonly name = "RefusedPeer";
}

/** Milliseconds for a handshake. */
export const HANDSHAKE_TIMEOUT_MS = 3_000;

const ALPN = ["h2"];
const contexts = new WeakMap<CertificateSet, SecureContext>();

/** TLS 1.3 for both ends, with this set. */
export function contextOptions({ ca, cert, key }: CertificateSet): SecureContextOptions {
  return { ca, cert, key, minVersion: "TLSv1.3" };
}

/** What both ends ask of each other. Certificates are judged by `refusalOf`, which can say more than Node's own check. */
export const PEER_CHECKS = { requestCert: true, rejectUnauthorized: false, ALPNProtocols: ALPN } as const;

/** A connection whose other end is a node of the same cluster. */
export interface SecuredSocket {
  readonly socket: TLSSocket;
  readonly peer: PeerCertificateFacts;
}

/** Speaks TLS on `socket`. Rejects if the handshake fails, and with RefusedPeer if the peer's certificate is not good. */
export async function dialTls(socket: Socket, set: CertificateSet): Promise<SecuredSocket> {
  const secured = connect({
    socket,
    secureContext: contextOf(set),
    // Nodes are dialled by address, and known by the URI name.
    checkServerIdentity: () => undefined,
    ...PEER_CHECKS,
  });
  await handshake(secured);
  try {
    return { socket: secured, peer: checkPeer(secured, set) };
  } catch (error) {
    // The handshake's last message leaves before, so that the other end knows why this one leaves.
    secured.end(() => secured.destroy());
    throw error;
  }
}

/** Call once, after the handshake. `own`: this node's certificates. Throws RefusedPeer if the other end is no node of the same cluster. */
export function checkPeer(socket: TLSSocket, own: CertificateSet): PeerCertificateFacts {
  // Not getPeerX509Certificate: it has the issuer at one end of a connection only, and may be called first only.
  const peer = socket.getPeerCertificate(true);
  if (!peer?.raw) throw new RefusedPeer("it has no certificate");
  const certificate = new X509Certificate(peer.raw);
  const refusal = refusalOf(socket, certificate, own);
  if (refusal !== null) throw new RefusedPeer(refusal);
  let authority = peer;
  while (authority.issuerCertificate && authority.issuerCertificate !== authority)
    authority = authority.issuerCertificate;
  return { notAfter: certificate.validToDate.getTime(), authority: authority.fingerprint256 };
}

function refusalOf(socket: TLSSocket, certificate: X509Certificate, own: CertificateSet): string | null {
  if (socket.alpnProtocol !== ALPN[0]) return "it does not speak HTTP/2";
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  const now = Date.now();
  const clock = `this machine's clock says ${date(now)}`;
  if (now > to) return `its certificate expired at ${date(to)}, and ${clock}`;
  if (now < from) return `its certificate is not valid before ${date(from)}, and ${clock}`;
  if (!socket.authorized) return untrusted(socket, certificate.issuer);
  return whyNotPeer(uriNamesIn(certificate.subjectAltName ?? ""), { ...own.identity, role: "counter" });
}

function untrusted({ authorizationError }: TLSSocket, issuer: string): string {
  const code = String(authorizationError);
  const signer = issuer.replaceAll("\n", ", ");
  if (/SELF_SIGNED|UNABLE_TO|CERT_UNTRUSTED|SIGNATURE_FAILURE/.test(code))
    return `its certificate was signed by ${signer}, which is no authority of this cluster (${code})`;
  return `its certificate cannot be verified (${code})`;
}

function contextOf(set: CertificateSet): SecureContext {
  const context = contexts.get(set) ?? createSecureContext(contextOptions(set));
  contexts.set(set, context);
  return context;
}

function handshake(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () =>
      fail(new Error(`no TLS handshake within ${HANDSHAKE_TIMEOUT_MS} ms`)),
    );
    // It stays: until grpc listens, an error without a listener would end the process.
    socket.on("error", fail);
    socket.once("close", () => fail(new Error("the peer closed the connection during the TLS handshake")));
    socket.once("secureConnect", () => {
      socket.setTimeout(0);
      resolve();
    });
  });
}

function date(ms: number): string {
  return new Date(ms).toISOString();
}
