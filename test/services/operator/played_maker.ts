import { uriOf } from "../../../internal/core/identity/identity.ts";
import type { LeafFacts } from "../../../internal/core/operator/certificates.ts";
import type { CertificateMaker, KeyPair } from "../../../internal/ports/certificate_maker.ts";

let keys = 0;

/** Makes certificates that are JSON: real ones take time that a played clock does not see pass. */
export const playedMaker: CertificateMaker = {
  createAuthority: async ({ notBefore, notAfter }) =>
    pair({ notBefore, notAfter, issuerKeyId: null, uri: null, dnsNames: [] }),
  issueCertificate: async ({ certificate }, { identity, dnsNames, notBefore, notAfter }) => {
    const issuerKeyId = (JSON.parse(certificate) as LeafFacts).keyId;
    return pair({ notBefore, notAfter, issuerKeyId, uri: uriOf(identity), dnsNames });
  },
  read: ({ certificate, key }) => (key === "" ? null : JSON.parse(certificate)),
  readAll: (pem) =>
    pem
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ({ ...JSON.parse(line), pem: `${line}\n` })),
};

function pair(facts: Omit<LeafFacts, "keyId">): KeyPair {
  const keyId = String(++keys);
  return { certificate: `${JSON.stringify({ keyId, ...facts })}\n`, key: `key ${keyId}` };
}
