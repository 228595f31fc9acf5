/** A failure that does not pass by itself. */
export interface Failure {
  /** One word. */
  readonly reason: string;
  /** A sentence, or the Kubernetes API's own words. */
  readonly message: string;
}

/** Milliseconds that a volume, or a pod without a node, may be pending: in each installation some are. */
export const PENDING_TIMEOUT_MS = 60_000;
