import type { Identity } from "../core/identity/identity.ts";
import type { CertificateFacts, LeafFacts } from "../core/operator/certificates.ts";

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Milliseconds since 1970. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Makes and reads X.509 certificates. */
export interface CertificateMaker {
  createAuthority(request: Validity & { readonly cluster: string }): Promise<KeyPair>;
  issueCertificate(
    authority: KeyPair,
    request: Validity & { readonly identity: Identity; readonly dnsNames: readonly string[] },
  ): Promise<KeyPair>;
  /** What the certificate says. Null if it cannot be read, or if the key is not its own. */
  read(pair: KeyPair): LeafFacts | null;
  /** Each readable certificate in a PEM text, with its text. */
  readAll(pem: string): readonly (CertificateFacts & { readonly pem: string })[];
}
