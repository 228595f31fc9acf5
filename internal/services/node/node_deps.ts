import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Election } from "../../ports/election.ts";
import type { DataDirectory } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Meter } from "../../ports/meter.ts";
import type { Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import type { LeaderSettings } from "../leader/leader_deps.ts";
import type { DrainSettings } from "./drain.ts";

export interface NodeDeps {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store;
  readonly election: Election;
  readonly discovery: Discovery;
  /** Id of the ledger that is recorded outside the store; null: none is. */
  readonly recordedLedger: () => string | null;
  readonly peers: Peers;
  /** Null: memory only. */
  readonly directory: DataDirectory | null;
  readonly meter: Meter;
  readonly settings: NodeOptions;
}

export interface NodeOptions {
  readonly leader: LeaderSettings;
  readonly drain: DrainSettings;
  /** The only counters that may exist; null: any. */
  readonly allowed: ReadonlySet<string> | null;
}
