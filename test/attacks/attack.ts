/** A running cluster, as an attacker reaches it. A part that is missing cannot be attacked. */
export interface Target {
  /** Address of the pages and of the API, without a slash at the end. */
  readonly publicUrl: string;
  /** Address of the admin side. Memory is read there. */
  readonly adminUrl?: string;
  /** `host:port` where nodes listen to each other. */
  readonly peerAddress?: string;
  /** `host:port` of the store. */
  readonly storeAddress?: string;
  /** File with the access of somebody who may create CounterClusters, ServiceAccounts and nothing else. */
  readonly kubeconfig?: string;
  /** Namespace for their objects. An operator serves it. */
  readonly namespace?: string;
  /** A counter that attacks and honest clients may count. */
  readonly counter: string;
  /** Longest time for one attack. It stops by itself. */
  readonly seconds: number;
}

/** What became of an attack. */
export interface AttackOutcome {
  /** What was seen, with numbers. */
  readonly seen: string;
  /** Whether the bound held. */
  readonly held: boolean;
}

/** One attack. `NN_short_name.ts` exports it as `attack`. */
export interface Attack {
  /** Its number in the list of attacks. */
  readonly number: number;
  /** What the attacker does. */
  readonly attack: string;
  /** What must hold. */
  readonly bound: string;
  /** Parts of the target that it cannot do without. */
  readonly needs?: readonly (keyof Target)[];
  /** Flags of the node that the test starts for it. */
  readonly flags?: readonly string[];
  /** Largest resident memory of the node meanwhile. */
  readonly memoryMb?: number;
  /** Ends by itself, with all its connections closed. Throws CannotRun. */
  run(target: Target): Promise<AttackOutcome>;
}

/** One line of the table. */
export interface AttackResult extends AttackOutcome {
  readonly attack: string;
  readonly bound: string;
}

/** The target is such that this attack would say nothing. The message says why. */
export class CannotRun extends Error {
  override readonly name = "CannotRun";
}
