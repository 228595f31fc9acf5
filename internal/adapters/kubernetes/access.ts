/** Where the API server is, and how one is let in. */
export interface Access {
  /** `https://host:port`, and a path where the API is not at the root. */
  readonly server: URL;
  /** Asked before each request, because tokens and certificates are renewed in place. */
  credentials(): Promise<Credentials>;
}

/** Options for node:https. */
export interface Credentials {
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM of the authorities that the server is checked against; without it, the system's. */
  readonly ca?: string | Buffer;
  /** PEM of a client certificate and its key. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** `user:password`. */
  readonly auth?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}
