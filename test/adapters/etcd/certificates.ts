import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of our own, made with openssl, whose files lie in a folder. */
export class Authority {
  readonly #folder: string;
  readonly #own: Certificate;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#own = this.#files(name);
    const { cert, key } = this.#own;
    openssl("req", "-x509", ...NEW_KEY, "-keyout", key, "-out", cert, "-days", "2", "-subj", `/CN=${name}`);
  }

  /** Path of the authority's certificate. */
  get cert(): string {
    return this.#own.cert;
  }

  get pem(): Buffer {
    return readFileSync(this.cert);
  }

  /** A certificate for 127.0.0.1, or for other names, that both ends of a connection can use. */
  issue(name: string, whom = "IP:127.0.0.1"): Certificate {
    const { cert, key } = this.#files(name);
    const request = join(this.#folder, `${name}.csr`);
    const extensions = join(this.#folder, `${name}.ext`);
    writeFileSync(extensions, `subjectAltName=${whom}\n`);
    openssl("req", ...NEW_KEY, "-keyout", key, "-out", request, "-subj", `/CN=${name}`);
    const signer = ["-CA", this.#own.cert, "-CAkey", this.#own.key, "-CAcreateserial"];
    openssl("x509", "-req", "-in", request, ...signer, "-out", cert, "-days", "2", "-extfile", extensions);
    return { cert, key };
  }

  #files(name: string): Certificate {
    return { cert: join(this.#folder, `${name}.pem`), key: join(this.#folder, `${name}-key.pem`) };
  }
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
