/** Certificates that the operator makes for one cluster. Which ones there must be now is in certificates_plan.ts. */

/** What a certificate says of itself. */
export interface CertificateFacts {
  /** Hex digits. It is the key's: two certificates of one key share it. */
  readonly keyId: string;
  /** The id of the key that signed it. */
  readonly issuerKeyId: string | null;
  /** Wall-clock milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface LeafFacts extends CertificateFacts {
  /** The holder's URI name; null if it has none. */
  readonly uri: string | null;
  readonly dnsNames: readonly string[];
}

/** What a leaf must say. */
export interface LeafNames {
  readonly uri: string;
  readonly dnsNames: readonly string[];
}

/** The authorities of one cluster, as its Secrets hold them. */
export interface HeldAuthorities {
  /** It signs leaves; null: none, or its Secret was lost. */
  readonly issuing: CertificateFacts | null;
  /** Since when `issuing` signs leaves, in wall-clock milliseconds. */
  readonly issuingSince: number;
  /** It will sign next. Until then it is only trusted. */
  readonly next: CertificateFacts | null;
  /** All that are trusted, with those two. */
  readonly trusted: readonly CertificateFacts[];
}

/** How long certificates are valid, in milliseconds. */
export interface CertificateLives {
  readonly authorityMs: number;
  readonly leafMs: number;
}

const DAY_MS = 86_400_000;
/** Leaves are renewed unattended, so they can be short. Every change of the authority restarts the store once. */
export const DEFAULT_LIVES: CertificateLives = { authorityMs: 3_650 * DAY_MS, leafMs: 90 * DAY_MS };

/** Clocks can be a day off. A certificate is valid from so long before it was made, but no longer than a thirteenth of its whole span. */
const MAX_BACKDATING_MS = 25 * 3_600_000;
const BACKDATED_PART = 13;

/** Kubernetes may take 90 seconds to bring a changed Secret into a running pod. This leaves room for nodes that are busy. */
const MAX_SPREAD_MS = 600_000;

/** The validity of a certificate that is made `now` and must live for `lifeMs`. */
export function validity(now: number, lifeMs: number): Pick<CertificateFacts, "notBefore" | "notAfter"> {
  return { notBefore: now - Math.min(MAX_BACKDATING_MS, lifeMs / (BACKDATED_PART - 1)), notAfter: now + lifeMs };
}

/** When a certificate with this validity was made. */
export function madeAt({ notBefore, notAfter }: Pick<CertificateFacts, "notBefore" | "notAfter">): number {
  return notBefore + Math.min(MAX_BACKDATING_MS, (notAfter - notBefore) / BACKDATED_PART);
}

/** When a certificate has reached two thirds of its life. */
export function renewalAt(certificate: Pick<CertificateFacts, "notBefore" | "notAfter">): number {
  const made = madeAt(certificate);
  return made + ((certificate.notAfter - made) * 2) / 3;
}

/** Milliseconds after which every pod has read a changed Secret. */
export function spreadMs({ leafMs }: CertificateLives): number {
  return Math.min(MAX_SPREAD_MS, leafMs / 6);
}

export function isValid({ notBefore, notAfter }: CertificateFacts, now: number): boolean {
  return notBefore <= now && now < notAfter;
}
