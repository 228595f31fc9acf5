/** How a leader learns which nodes there are. */
export interface Discovery {
  /** Makes this node known, and keeps it known until `withdraw`. Returns at once; trouble is logged and tried again. */
  register(self: Member): void;
  /** Makes this node unknown again. Never throws. */
  withdraw(): Promise<void>;
  /** Every node that is known. Throws StoreError, or whatever kind of trouble its source has: the last list then stands. */
  members(): Promise<readonly Member[]>;
  /** Nobody will ask for some time: this node leads no more. What keeps the list current may stop. Never throws. */
  rest(): void;
}

export interface Member {
  /** No two processes have it at once: random, or in Kubernetes the pod's uid, which a restarted container has again. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** `host:port` of its peer service. */
  readonly peerAddress: string;
  /** `http://host:port` of its pages. */
  readonly url: string;
}
