/** Whether pods use TLS. */
export interface Transport {
  /** Between counters; `both`: they accept peers with and without TLS. */
  readonly peers: "plain" | "both" | "tls";
  /** To a managed store, and between its members. */
  readonly store: "plain" | "tls";
}
