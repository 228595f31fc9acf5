/** The list of nodes, for leaders. */
export interface Discovery {
  /** Puts this node on the list and keeps it there until `withdraw`. Returns at once; a failure is logged, and retried. */
  register(self: Member): void;
  /** Takes this node off the list. Never throws. */
  withdraw(): Promise<void>;
  /** All listed nodes. Throws StoreError, or the error of another source of the list. The caller then keeps its last list. */
  members(): Promise<readonly Member[]>;
  /** Stops the work that keeps the list current: this node no longer leads, so nobody will ask for some time. Never throws. */
  rest(): void;
}

export interface Member {
  /** Unique among running processes: random, or in Kubernetes the pod's uid, which a restarted container keeps. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** Address of its peer service: `host:port`. */
  readonly peerAddress: string;
  /** Address of its pages: `http://host:port`. */
  readonly url: string;
}
