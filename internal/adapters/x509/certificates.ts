// tsyringe, which @peculiar/x509 uses, refuses to load without it.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { authorityUri, clusterOfAuthority, type Identity, soleIdentity, uriOf } from "../../core/identity/identity.ts";

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  /** One certificate. */
  readonly certificate: string;
  /** PKCS #8, not encrypted. */
  readonly key: string;
}

/** Milliseconds since 1970. A certificate has whole seconds: parts of one are cut off. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface AuthorityRequest extends Validity {
  /** The cluster that the authority is for. */
  readonly cluster: string;
}

export interface CertificateRequest extends Validity {
  readonly identity: Identity;
  /** Names and addresses for clients that check host names, etcd's for one. Nodes do not. */
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** What a certificate says. */
export interface CertificateFacts extends Validity {
  /** Null unless it has exactly one URI name, and that is a cluster's. */
  readonly identity: Identity | null;
  /** The cluster of its holder, or the one that an authority is for. Null: it does not say. */
  readonly cluster: string | null;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Whether it may sign others. */
  readonly authority: boolean;
  readonly subject: string;
  readonly issuer: string;
  /** Hex digits. */
  readonly serial: string;
  /** Key id of its own key, and of the key that signed it, as hex digits; null: it does not say. */
  readonly keyId: string | null;
  readonly issuerKeyId: string | null;
}

/** The text is no PEM certificate or key. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** Named by way of the library: with and without the browser's types, a CryptoKey is another one. */
type Keys = NonNullable<Parameters<typeof X509CertificateGenerator.createSelfSigned>[0]["keys"]>;

const KEYS = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
/** RFC 5280, 4.1.2.2: at most 20 octets, and positive. */
const SERIAL_BYTES = 16;
const CA_USAGE = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
/** Both ends of a connection present the same certificate: a node dials and is dialled. */
const LEAF_USAGE = [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth];

/** Makes an authority of its own for one cluster: a self-signed certificate (ECDSA P-256) that may sign leaves only. Throws RangeError for an invalid cluster name. */
export async function createAuthority({ cluster, notBefore, notAfter }: AuthorityRequest): Promise<KeyPair> {
  const keys = await newKeys();
  const serialNumber = newSerial();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    keys,
    serialNumber,
    // Two authorities that overlap must have two names: a verifier looks for an issuer by name first.
    name: nameOf(cluster, `authority ${serialNumber.slice(0, 8)}`),
    ...dates({ notBefore, notAfter }),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(CA_USAGE, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      new SubjectAlternativeNameExtension([{ type: "url", value: authorityUri(cluster) }]),
    ],
  });
  return keyPair(certificate, keys.privateKey);
}

/** Issues a leaf with a new key (ECDSA P-256), for both ends of TLS. Throws CertificateError if `authority` is not one. */
export async function issueCertificate(authority: KeyPair, request: CertificateRequest): Promise<KeyPair> {
  const issuer = parse(authority.certificate);
  const signingKey = await importKey(authority.key);
  const keys = await newKeys();
  const { cluster, role } = request.identity;
  const certificate = await X509CertificateGenerator.create({
    publicKey: keys.publicKey,
    signingKey,
    serialNumber: newSerial(),
    subject: nameOf(cluster, role),
    issuer: issuer.subjectName,
    ...dates(request),
    signingAlgorithm: SIGNATURE,
    extensions: await leafExtensions(request, issuer, keys.publicKey),
  });
  return keyPair(certificate, keys.privateKey);
}

/** What the first certificate in `pem` says. Throws CertificateError. */
export function readCertificate(pem: string): CertificateFacts {
  return factsOf(parse(pem));
}

/** What each certificate in `pem` says, for example each authority in a bundle. Throws CertificateError. */
export function readCertificates(pem: string): CertificateFacts[] {
  return blocksIn(pem).map((block) => factsOf(decode(block)));
}

async function leafExtensions(
  { identity, dnsNames = [], ipAddresses = [] }: CertificateRequest,
  issuer: X509Certificate,
  publicKey: Keys["publicKey"],
): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension(LEAF_USAGE),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    new SubjectAlternativeNameExtension([
      { type: "url", value: uriOf(identity) },
      ...dnsNames.map((value) => ({ type: "dns" as const, value })),
      ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ]),
  ];
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const valuesOf = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
  const identity = soleIdentity(valuesOf("url"));
  return {
    identity,
    cluster: identity?.cluster ?? clusterOfAuthority(valuesOf("url")[0] ?? ""),
    dnsNames: valuesOf("dns"),
    ipAddresses: valuesOf("ip"),
    authority: certificate.getExtension(BasicConstraintsExtension)?.ca ?? false,
    subject: certificate.subject,
    issuer: certificate.issuer,
    serial: certificate.serialNumber,
    keyId: certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId ?? null,
    issuerKeyId: certificate.getExtension(AuthorityKeyIdentifierExtension)?.keyId ?? null,
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
  };
}

function parse(pem: string): X509Certificate {
  const [first] = blocksIn(pem);
  if (first === undefined) throw new CertificateError("Cannot read a certificate: the text has no PEM block of one");
  return decode(first);
}

function blocksIn(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

function decode(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new CertificateError(`Cannot read a certificate: ${(cause as Error).message}`, { cause });
  }
}

async function importKey(pem: string): Promise<Keys["privateKey"]> {
  try {
    return await crypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(pem), KEYS, false, ["sign"]);
  } catch (cause) {
    throw new CertificateError("Cannot read the authority's key: expected PKCS #8 of a P-256 key in PEM", { cause });
  }
}

function newKeys(): Promise<Keys> {
  return crypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
}

async function keyPair(certificate: X509Certificate, privateKey: Keys["privateKey"]): Promise<KeyPair> {
  const key = PemConverter.encode(await crypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");
  return { certificate: `${certificate.toString("pem")}\n`, key: `${key}\n` };
}

function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

/** People read it in logs; nothing checks it. X.520 allows 64 characters for each part. */
function nameOf(cluster: string, role: string) {
  return [{ O: [cluster.slice(0, 64)] }, { CN: [role] }];
}

function dates({ notBefore, notAfter }: Validity): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
}
