import { certificateSet } from "../../../internal/adapters/tls/certificate_set.ts";
import { createAuthority, issueCertificate, type KeyPair } from "../../../internal/adapters/x509/certificates.ts";
import type { Identity } from "../../../internal/core/identity/identity.ts";
import type { CertificateSet } from "../../../internal/ports/certificates.ts";

export const HOUR_MS = 3_600_000;
export const COUNTER: Identity = { cluster: "shop.web", role: "counter" };

/** Hours from now at which a certificate begins and ends to be valid. */
export type Hours = readonly [from: number, to: number];

const DAY: Hours = [-12, 12];

/** An authority for tests. */
export class TestAuthority {
  readonly keyPair: KeyPair;

  private constructor(keyPair: KeyPair) {
    this.keyPair = keyPair;
  }

  static async create(cluster = COUNTER.cluster, hours = DAY): Promise<TestAuthority> {
    return new TestAuthority(await createAuthority({ cluster, ...validity(hours) }));
  }

  get pem(): string {
    return this.keyPair.certificate;
  }

  issue(identity = COUNTER, hours = DAY): Promise<KeyPair> {
    return issueCertificate(this.keyPair, { identity, ...validity(hours), ipAddresses: ["127.0.0.1"] });
  }

  /** A set of a holder that trusts `trusted`, by default this authority. */
  async set(identity = COUNTER, hours = DAY, trusted: readonly TestAuthority[] = [this]): Promise<CertificateSet> {
    const { certificate: cert, key } = await this.issue(identity, hours);
    const set = certificateSet({ ca: this.pem, cert, key });
    const others = trusted.map(({ pem }) => pem);
    if (trusted.includes(this)) return certificateSet({ ca: others.join(""), cert, key });
    return { ...set, ca: others.join("") };
  }
}

function validity([from, to]: Hours) {
  return { notBefore: Date.now() + from * HOUR_MS, notAfter: Date.now() + to * HOUR_MS };
}
