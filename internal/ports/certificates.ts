import type { Identity } from "../core/identity/identity.ts";

/** This process's certificates, which are renewed while it runs. */
export interface Certificates {
  /** The newest good set. It is another object after each change. */
  readonly current: CertificateSet;
}

/** A certificate with its key, and the authorities that both ends trust. One of them signed it. */
export interface CertificateSet {
  /** PEM: one authority or more, the certificate with its chain, and its key. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The holder: this process. */
  readonly identity: Identity;
  /** SHA-256 fingerprints of the authorities, as Node writes them. */
  readonly authorities: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Certificate files that cannot be used. */
export class CertificatesError extends Error {
  override readonly name = "CertificatesError";
}
