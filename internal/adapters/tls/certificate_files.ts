import { readFile } from "node:fs/promises";
import { type Role, uriOf } from "../../core/identity/identity.ts";
import { type CertificateSet, type Certificates, CertificatesError } from "../../ports/certificates.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import { certificateSet, type PemTexts } from "./certificate_set.ts";

/** Paths of PEM files. */
export interface CertificatePaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface CertificateFilesDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two looks at the files. Default 5,000. */
  readonly checkMs?: number;
}

/** Three files are never renewed in one step: a set that does not fit together may be complete at the next look. */
const SETTLE_LOOKS = 2;
/** The last part of a certificate's life, in which a warning says that nobody has renewed it. */
const LATE = 0.1;

/**
 * Certificates in files that others renew. The files are read again and again, because neither a watched symlink, which Kubernetes
 * swaps, nor a network file system announces every change. A set that is broken, or out of date while the present one is not, does not
 * take its place.
 */
export class CertificateFiles implements Certificates {
  readonly #paths: CertificatePaths;
  readonly #role: Role;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #checkMs: number;
  #current: CertificateSet;
  #cancel: Cancel = () => {};
  #stopped = false;
  /** Looks in a row that found an unusable set, and why. */
  #failures = 0;
  #problem = "";
  /** What was last said about the dates. */
  #said = "";

  /** Reads the files. Throws CertificatesError if they do not fit together, or are not those of a `role`. */
  static async open(paths: CertificatePaths, role: Role, deps: CertificateFilesDeps): Promise<CertificateFiles> {
    const read = readTexts(paths).then((texts) => setOf(texts, role));
    const first = await read.catch((error: Error) => {
      throw new CertificatesError(`Cannot use the certificate ${paths.cert}: ${error.message}`, { cause: error });
    });
    return new CertificateFiles(paths, role, first, deps);
  }

  private constructor(paths: CertificatePaths, role: Role, first: CertificateSet, deps: CertificateFilesDeps) {
    this.#paths = paths;
    this.#role = role;
    this.#current = first;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#checkMs = deps.checkMs ?? 5_000;
    this.#sayDates();
    this.#schedule();
  }

  get current(): CertificateSet {
    return this.#current;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #schedule(): void {
    if (!this.#stopped) this.#cancel = this.#clock.after(this.#checkMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    try {
      const texts = await readTexts(this.#paths);
      // To parse what is known already, every few seconds, would leave memory of OpenSSL behind that is freed late.
      this.#found(isSame(texts, this.#current) ? this.#current : setOf(texts, this.#role));
    } catch (error) {
      this.#failed((error as Error).message);
    }
    this.#sayDates();
    this.#schedule();
  }

  #found(found: CertificateSet): void {
    const { identity } = this.#current;
    const same = found === this.#current;
    if (!same && uriOf(found.identity) !== uriOf(identity))
      return this.#failed(`it names ${uriOf(found.identity)}, and this process started as ${uriOf(identity)}`);
    if (!same && this.#isCurrent(this.#current) && !this.#isCurrent(found))
      return this.#failed(`it is valid from ${date(found.notBefore)} to ${date(found.notAfter)}, not now`);
    if (this.#problem !== "" && this.#failures >= SETTLE_LOOKS)
      this.#logger.info("certificate files can be used again", { file: this.#paths.cert });
    this.#failures = 0;
    this.#problem = "";
    if (same) return;
    this.#current = found;
    this.#logger.info("certificates renewed", { file: this.#paths.cert, until: date(found.notAfter) });
  }

  #failed(problem: string): void {
    this.#failures = problem === this.#problem ? this.#failures + 1 : 1;
    this.#problem = problem;
    if (this.#failures === SETTLE_LOOKS)
      this.#logger.error("certificate files cannot be used; the last good ones stay in use", {
        file: this.#paths.cert,
        error: problem,
      });
  }

  /** One line for each state that the certificate's dates come into. */
  #sayDates(): void {
    const { notBefore, notAfter } = this.#current;
    const now = this.#clock.wall();
    const file = this.#paths.cert;
    if (now < notBefore || now > notAfter) {
      const when = now > notAfter ? `expired at ${date(notAfter)}` : `is not valid before ${date(notBefore)}`;
      const error = `it ${when}, and this machine's clock says ${date(now)}`;
      this.#say(now > notAfter ? "expired" : "early", notAfter, () =>
        this.#logger.error("other nodes refuse this node's certificate; its hits wait here until it is renewed", {
          file,
          error,
        }),
      );
    } else if (now > notAfter - LATE * (notAfter - notBefore)) {
      this.#say("late", notAfter, () =>
        this.#logger.warn("certificate expires soon and was not renewed", { file, until: date(notAfter) }),
      );
    } else this.#said = "";
  }

  #say(state: string, notAfter: number, write: () => void): void {
    if (this.#said !== `${state} ${notAfter}`) write();
    this.#said = `${state} ${notAfter}`;
  }

  #isCurrent({ notBefore, notAfter }: CertificateSet): boolean {
    const now = this.#clock.wall();
    return now >= notBefore && now <= notAfter;
  }
}

function isSame(one: PemTexts, other: PemTexts): boolean {
  return one.ca === other.ca && one.cert === other.cert && one.key === other.key;
}

function setOf(texts: PemTexts, role: Role): CertificateSet {
  const set = certificateSet(texts);
  if (set.identity.role === role) return set;
  const wanted = uriOf({ ...set.identity, role });
  throw new CertificatesError(`it names ${uriOf(set.identity)}; this process needs one that names ${wanted}`);
}

async function readTexts({ ca, cert, key }: CertificatePaths): Promise<PemTexts> {
  const [caText, certText, keyText] = await Promise.all([ca, cert, key].map((path) => readFile(path, "utf8")));
  return { ca: caText!, cert: certText!, key: keyText! };
}

function date(ms: number): string {
  return new Date(ms).toISOString();
}
