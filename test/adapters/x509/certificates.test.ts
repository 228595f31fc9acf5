import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
  CertificateError,
  createAuthority,
  issueCertificate,
  type KeyPair,
  readCertificate,
  readCertificates,
} from "../../../internal/adapters/x509/certificates.ts";
import { uriNamesIn } from "../../../internal/core/identity/subject_alt_name.ts";

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 0, 1, 12);
const VALIDITY = { notBefore: NOON, notAfter: NOON + DAY_MS };
const identity = { cluster: "shop.web", role: "counter" } as const;

/** What is made here must be what OpenSSL, by way of Node, accepts and reads. */
describe("certificates", () => {
  let authority: KeyPair;
  before(async () => {
    authority = await createAuthority({ cluster: "shop.web", ...VALIDITY });
  });

  it("of an authority may sign leaves, and sign themselves", () => {
    const facts = readCertificate(authority.certificate);
    assert.ok(facts.authority);
    assert.equal(facts.identity, null);
    assert.equal(facts.cluster, "shop.web");
    assert.equal(facts.subject, facts.issuer);
    assert.deepEqual([facts.notBefore, facts.notAfter], [NOON, NOON + DAY_MS]);
    const seen = new X509Certificate(authority.certificate);
    assert.ok(seen.ca && seen.verify(seen.publicKey));
    assert.equal(seen.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  });

  it("of a leaf say who holds it, and are signed by the authority", async () => {
    const names = { dnsNames: ["a.example", "*.b.svc"], ipAddresses: ["127.0.0.1", "::1"] };
    const leaf = await issueCertificate(authority, { identity, ...names, ...VALIDITY });
    const facts = readCertificate(leaf.certificate);
    assert.deepEqual(facts.identity, identity);
    assert.deepEqual(facts.dnsNames, names.dnsNames);
    assert.deepEqual(facts.ipAddresses, names.ipAddresses);
    assert.ok(!facts.authority);
    assert.equal(facts.issuerKeyId, readCertificate(authority.certificate).keyId);
    const [seen, issuer] = [new X509Certificate(leaf.certificate), new X509Certificate(authority.certificate)];
    assert.ok(!seen.ca && seen.checkIssued(issuer) && seen.verify(issuer.publicKey));
    assert.deepEqual(uriNamesIn(seen.subjectAltName ?? ""), ["spiffe://shop.web/counter"]);
    assert.deepEqual(seen.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    assert.match(leaf.key, /^-----BEGIN PRIVATE KEY-----\n/);
  });

  it("are each another one: serial, key and the authority's name", async () => {
    const [other, a, b] = await Promise.all([
      createAuthority({ cluster: "shop.web", ...VALIDITY }),
      issueCertificate(authority, { identity, ...VALIDITY }),
      issueCertificate(authority, { identity, ...VALIDITY }),
    ]);
    const [factsA, factsB] = [readCertificate(a.certificate), readCertificate(b.certificate)];
    assert.notEqual(factsA.serial, factsB.serial);
    assert.notEqual(factsA.keyId, factsB.keyId);
    assert.notEqual(readCertificate(other.certificate).subject, factsA.issuer);
    const bundle = readCertificates(authority.certificate + other.certificate);
    assert.deepEqual(
      bundle.map(({ keyId }) => keyId),
      [authority, other].map(({ certificate }) => readCertificate(certificate).keyId),
    );
  });

  it("can name a cluster of 128 characters, and no invalid one", async () => {
    const cluster = `a.${"b".repeat(126)}`;
    const own = await createAuthority({ cluster, ...VALIDITY });
    const leaf = await issueCertificate(own, { identity: { cluster, role: "store" }, ...VALIDITY });
    assert.deepEqual(readCertificate(leaf.certificate).identity, { cluster, role: "store" });
    await assert.rejects(createAuthority({ cluster: "A", ...VALIDITY }), RangeError);
    const request = { identity: { cluster: "a/b", role: "store" as const }, ...VALIDITY };
    await assert.rejects(issueCertificate(authority, request), RangeError);
  });

  it("that are none are told", async () => {
    assert.throws(() => readCertificate(""), CertificateError);
    assert.throws(() => readCertificate(authority.key), CertificateError);
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert.throws(() => readCertificate(broken), CertificateError);
    const noKey = { ...authority, key: authority.certificate };
    await assert.rejects(issueCertificate(noKey, { identity, ...VALIDITY }), CertificateError);
  });
});
