/** How a leader learns which nodes there are. */
export interface Discovery {
  /** Makes this node known, and keeps it known until `withdraw`. Returns at once; trouble is logged and tried again. */
  register(self: Member): void;
  /** Makes this node unknown again. Never throws. */
  withdraw(): Promise<void>;
  /** Every node that is known. Throws StoreError, or whatever kind of trouble its source has: the last list then stands. */
  members(): Promise<readonly Member[]>;
}

export interface Member {
  /** Random, one per process life. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** `host:port` of its peer service. */
  readonly peerAddress: string;
  /** `http://host:port` of its pages. */
  readonly url: string;
}
