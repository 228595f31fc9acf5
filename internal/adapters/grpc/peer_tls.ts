import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import {
  connect,
  createSecureContext,
  type DetailedPeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from "node:tls";
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
export interface PeerCertificate {
  readonly certificate: X509Certificate;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

/** The other end speaks TLS, and its certificate is not good. */
export class RefusedPeer extends Error {
  override readonly name = "RefusedPeer";
}

/** Milliseconds for a handshake. A new leader begins one with each of 1,000 nodes, and the last ends when all have. */
export const HANDSHAKE_TIMEOUT_MS = 15_000;

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
  readonly peer: PeerCertificate;
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
  withoutLegacyForm(secured);
  await handshake(secured);
  try {
    return { socket: secured, peer: checkPeer(secured, set) };
  } catch (error) {
    // The handshake's last message leaves before, so that the other end knows why this one leaves.
    secured.end(() => secured.destroy());
    throw error;
  }
}

/** Call after the handshake. `own`: this node's certificates. Throws RefusedPeer if the other end is no node of the same cluster. */
export function checkPeer(socket: TLSSocket, own: CertificateSet): PeerCertificate {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) throw new RefusedPeer("it has no certificate");
  const refusal = refusalOf(socket, certificate, own);
  if (refusal !== null) throw new RefusedPeer(refusal);
  withoutLegacyForm(socket);
  return { certificate, notAfter: certificate.validToDate.getTime() };
}

/**
 * Leaves out the peer's certificate in the form that Node had before X509Certificate. Node asks for it at the end of a handshake, grpc on each connection and
 * each call, both use none of it, and to make it takes up to 2 ms: a seventh of what a new leader needs for a node.
 */
function withoutLegacyForm(socket: TLSSocket): void {
  socket.getPeerCertificate = () => ({}) as DetailedPeerCertificate;
}

/**
 * Whether the certificate of a connection that was accepted with an earlier set would still be accepted with `own`. One that an
 * intermediate authority signed is accepted with the same set of authorities only: the connection has its chain no more.
 */
export function isStillTrusted(
  { certificate }: PeerCertificate,
  earlier: CertificateSet,
  own: CertificateSet,
): boolean {
  if (earlier.ca === own.ca) return true;
  return certificatesIn(own.ca).some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
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
