/** Where the API server is, and how requests authenticate. */
export interface Access {
  /** `https://host:port`, with a path if the API is not at the root. */
  readonly server: URL;
  /** Called before each request, because tokens and certificates are renewed in place. Throws KubernetesError. */
  credentials(): Promise<Credentials>;
}

export interface Credentials extends TlsOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Options of `tls.connect`. */
export interface TlsOptions {
  /** PEM of the authorities that may sign the server's certificate; the system's if absent. */
  readonly ca?: string | Buffer;
  /** PEM of a client certificate and its key. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** PKCS #12 of a client certificate and its key, and its passphrase. */
  readonly pfx?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}
