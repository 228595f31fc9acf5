import { createPrivateKey, X509Certificate } from "node:crypto";
import { type Identity, ROLES, soleIdentity, uriOf } from "../../core/identity/identity.ts";
import { uriNamesIn } from "../../core/identity/subject_alt_name.ts";
import { type CertificateSet, CertificatesError } from "../../ports/certificates.ts";

/** The text of three PEM files. */
export interface PemTexts {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Checks that the three belong together. Dates are not checked: clocks go wrong, and come right again. Throws CertificatesError. */
export function certificateSet({ ca, cert, key }: PemTexts): CertificateSet {
  const authorities = certificatesIn(ca, "the authorities");
  const chain = certificatesIn(cert, "the certificate");
  const [leaf] = chain;
  if (!leaf.checkPrivateKey(privateKey(key))) throw new CertificatesError("the key is not that of the certificate");
  if (!isSignedBy(chain, authorities))
    throw new CertificatesError(
      `the certificate was signed by ${oneLine(leaf.issuer)}, which is not in the file of authorities`,
    );
  return {
    ...{ ca, cert, key },
    identity: identityOf(leaf),
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
  };
}

/** Whom the first certificate in a PEM text names; null if it is not one of ours. Throws CertificatesError if there is none. */
export function identityIn(cert: string): Identity | null {
  const [leaf] = certificatesIn(cert, "the certificate");
  return soleIdentity(uriNamesIn(leaf.subjectAltName ?? ""));
}

function identityOf({ subjectAltName = "" }: X509Certificate): Identity {
  const uris = uriNamesIn(subjectAltName);
  const identity = soleIdentity(uris);
  if (identity) return identity;
  const wanted = ROLES.map((role) => uriOf({ cluster: "cluster", role })).join(", ");
  throw new CertificatesError(
    `the certificate has the URI names ${JSON.stringify(uris)}; it needs one, such as ${wanted}`,
  );
}

/** Each is signed by the next, and the last one by an authority or is one itself. */
function isSignedBy(chain: readonly X509Certificate[], authorities: readonly X509Certificate[]): boolean {
  return chain.every((certificate, i) => {
    const issuers = chain[i + 1] ? [chain[i + 1]!] : authorities;
    return issuers.some((issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  });
}

function certificatesIn(pem: string, what: string): [X509Certificate, ...X509Certificate[]] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    const [first, ...others] = blocks.map((block) => new X509Certificate(block));
    if (first) return [first, ...others];
  } catch (cause) {
    throw new CertificatesError(`the file of ${what} has a certificate that cannot be read`, { cause });
  }
  throw new CertificatesError(`the file of ${what} has no certificate`);
}

function privateKey(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CertificatesError("the file of the key has no private key without a password", { cause });
  }
}

/** Node writes each part of a name on a line of its own. */
function oneLine(name: string): string {
  return name.replaceAll("\n", ", ");
}
