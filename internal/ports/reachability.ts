/** Tries connections. */
export interface Reachability {
  /** Whether somebody accepts connections at `host:port`. Null: it cannot be told, for example because nobody listens there. */
  accepts(address: string): Promise<boolean | null>;
}
