import { createPrivateKey, X509Certificate } from "node:crypto";
import { uriOf } from "../../core/identity/identity.ts";
import type { LeafFacts } from "../../core/operator/certificates.ts";
import type { CertificateMaker, KeyPair } from "../../ports/certificate_maker.ts";
import { createAuthority, issueCertificate, readCertificate } from "./certificates.ts";

export const certificateMaker: CertificateMaker = {
  createAuthority,
  issueCertificate,
  read: (pair) => (isComplete(pair) ? factsIn(pair.certificate) : null),
  readAll: (pem) =>
    (pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/g) ?? []).flatMap((block) => {
      const facts = factsIn(block);
      return facts ? [{ ...facts, pem: block }] : [];
    }),
};

/** Null for a certificate that does not say the id of its key: the operator compares certificates by it. */
function factsIn(pem: string): LeafFacts | null {
  try {
    const { keyId, issuerKeyId, notBefore, notAfter, identity, dnsNames } = readCertificate(pem);
    return keyId === null
      ? null
      : { keyId, issuerKeyId, notBefore, notAfter, dnsNames, uri: identity && uriOf(identity) };
  } catch {
    return null;
  }
}

function isComplete({ certificate, key }: KeyPair): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
