import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import {
  createAuthority,
  issueCertificate,
  type KeyPair,
  readCertificate,
} from "../../internal/adapters/x509/certificates.ts";
import type { Role } from "../../internal/core/identity/identity.ts";
import type { CertificatesSettings } from "../settings/certificates_settings.ts";

const DAY_MS = 86_400_000;
/** Certificates are valid from this long ago, because no two machines have the same time. */
const CLOCK_SKEW_MS = 3_600_000;
/** The roles that take part in a cluster outside of Kubernetes. */
const HOLDERS: readonly Role[] = ["counter", "store"];
const DEFAULT_STORE_HOSTS = ["localhost", "127.0.0.1", "::1"];
const DEFAULT_CLUSTER = "global-cluster";

/** What was asked for cannot be done with what is in the folder. */
export class CertificateFolderError extends Error {
  override readonly name = "CertificateFolderError";
}

/**
 * A folder with an authority, and beside it one folder for each role with `ca.crt`, `tls.crt` and `tls.key`, the names that Kubernetes and
 * cert-manager use. During a rotation there is a second authority, `next` or `previous`, and each `ca.crt` has both. Each method returns
 * what a person should know and do now.
 */
export class CertificateFolder {
  readonly #settings: CertificatesSettings;

  constructor(settings: CertificatesSettings) {
    this.#settings = settings;
  }

  /** Makes an authority and certificates. Throws CertificateFolderError if there is an authority. */
  async make(): Promise<string> {
    const { dir, cluster } = this.#settings;
    if (this.#has("authority"))
      throw new CertificateFolderError(
        `Cannot make an authority in ${dir}: it has one already. --renew makes new certificates from it, and --rotate a new authority`,
      );
    this.#write("authority", await this.#newAuthority(cluster ?? DEFAULT_CLUSTER));
    await this.#issue();
    return `Made an authority and certificates of the cluster ${this.#cluster()} in ${dir}.\n${NEXT_STEPS}`;
  }

  /** Makes new certificates. Throws CertificateFolderError without an authority, or if it has expired. */
  async renew(): Promise<string> {
    this.#requireAuthority("--renew");
    await this.#issue();
    return `Renewed the certificates in ${this.#settings.dir}. Copy them to their machines: nodes and etcd read them without a restart.`;
  }

  /** Does the next step to a new authority. Throws CertificateFolderError without one. */
  async rotate(): Promise<string> {
    this.#requireAuthority("--rotate");
    if (this.#has("previous")) return this.#forgetPrevious();
    if (this.#has("next")) return this.#useNext();
    this.#write("next", await this.#newAuthority(this.#cluster()));
    this.#writeTrust();
    return "Step 1 of 3: made a second authority. Copy every ca.crt to its machine, wait a minute, and run --rotate again.";
  }

  async #useNext(): Promise<string> {
    this.#write("previous", { certificate: this.#read("authority").certificate, key: "" });
    this.#write("authority", this.#read("next"));
    this.#remove("next");
    await this.#issue();
    return "Step 2 of 3: made certificates of the new authority. Copy all files to their machines, wait a minute, and run --rotate again.";
  }

  #forgetPrevious(): string {
    this.#remove("previous");
    this.#writeTrust();
    return "Step 3 of 3: the old authority is not trusted any more. Copy every ca.crt to its machine.";
  }

  async #newAuthority(cluster: string): Promise<KeyPair> {
    return createAuthority({ cluster, ...validFor(this.#settings.authorityDays) });
  }

  async #issue(): Promise<void> {
    const { days } = this.#settings;
    const authority = this.#read("authority");
    const { notAfter } = readCertificate(authority.certificate);
    const cluster = this.#cluster();
    for (const role of HOLDERS) {
      const validity = validFor(days);
      const { certificate, key } = await issueCertificate(authority, {
        identity: { cluster, role },
        notBefore: validity.notBefore,
        notAfter: Math.min(validity.notAfter, notAfter),
        ...(role === "store" && this.#storeNames()),
      });
      this.#writeFile(role, "tls.key", key);
      this.#writeFile(role, "tls.crt", certificate);
    }
    this.#writeTrust();
  }

  /** The addresses at which nodes reach etcd: they check its certificate against them. */
  #storeNames() {
    const present = this.#path(join("store", "tls.crt"));
    const named = existsSync(present) ? readCertificate(readFileSync(present, "utf8")) : null;
    const before = named ? [...named.dnsNames, ...named.ipAddresses] : DEFAULT_STORE_HOSTS;
    const hosts = this.#settings.storeHosts ?? before;
    return {
      dnsNames: hosts.filter((host) => isIP(host) === 0),
      ipAddresses: hosts.filter((host) => isIP(host) !== 0),
    };
  }

  /** Every authority that holders of certificates trust now. */
  #writeTrust(): void {
    const trusted = (["authority", "next", "previous"] as const).filter((name) => this.#has(name));
    const ca = trusted.map((name) => this.#read(name).certificate).join("");
    for (const role of HOLDERS) this.#writeFile(role, "ca.crt", ca);
  }

  /** The cluster that the authority was made for. Throws CertificateFolderError if it is not the one that was asked for. */
  #cluster(): string {
    const { cluster } = readCertificate(this.#read("authority").certificate);
    const { cluster: wanted, dir } = this.#settings;
    if (cluster === null)
      throw new CertificateFolderError(`The authority in ${dir} does not say which cluster it is for`);
    if (wanted !== null && wanted !== cluster)
      throw new CertificateFolderError(`The authority in ${dir} is of the cluster ${cluster}, not of ${wanted}`);
    return cluster;
  }

  #requireAuthority(flag: string): void {
    const { dir } = this.#settings;
    if (!this.#has("authority"))
      throw new CertificateFolderError(`${flag} needs an authority in ${dir}: make one without ${flag}`);
    const { notAfter } = readCertificate(this.#read("authority").certificate);
    if (notAfter < Date.now())
      throw new CertificateFolderError(
        `The authority in ${dir} expired at ${new Date(notAfter).toISOString()}: move it away and make another one`,
      );
  }

  #has(name: string): boolean {
    return existsSync(this.#path(`${name}.crt`));
  }

  #read(name: string): KeyPair {
    const key = this.#path(`${name}.key`);
    return {
      certificate: readFileSync(this.#path(`${name}.crt`), "utf8"),
      key: existsSync(key) ? readFileSync(key, "utf8") : "",
    };
  }

  #write(name: string, { certificate, key }: KeyPair): void {
    mkdirSync(this.#settings.dir, { recursive: true, mode: 0o700 });
    if (key !== "") replaceFile(this.#path(`${name}.key`), key);
    replaceFile(this.#path(`${name}.crt`), certificate);
  }

  #remove(name: string): void {
    for (const ending of ["key", "crt"]) rmSync(this.#path(`${name}.${ending}`), { force: true });
  }

  #writeFile(role: Role, name: string, text: string): void {
    mkdirSync(this.#path(role), { recursive: true, mode: 0o700 });
    replaceFile(join(this.#path(role), name), text);
  }

  #path(name: string): string {
    return join(this.#settings.dir, name);
  }
}

const NEXT_STEPS = `Copy the folder counter to each machine with a node, and start nodes with
  --peer-ca counter/ca.crt --peer-cert counter/tls.crt --peer-key counter/tls.key
The folder store is for etcd. Keep authority.key where no node runs. docs/operations.md says more.`;

function validFor(days: number): { notBefore: number; notAfter: number } {
  return { notBefore: Date.now() - CLOCK_SKEW_MS, notAfter: Date.now() + days * DAY_MS };
}

/** In one step, so that nobody reads half a file; its owner alone may read it. */
function replaceFile(path: string, text: string): void {
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, text, { mode: 0o600, flag: "wx" });
  renameSync(`${path}.new`, path);
}
