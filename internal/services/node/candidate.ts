import type { Clock } from "../../ports/clock.ts";
import type { Member } from "../../ports/discovery.ts";
import type { Election, Lease } from "../../ports/election.ts";
import type { Log } from "../../ports/logger.ts";
import { PeerError, type Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import { type LeaderKey, StoreError } from "../../ports/store.ts";
import type { ClusterPicture } from "../counter/cluster_cache.ts";
import { storeTrouble } from "../counter/store_failure.ts";

export interface CampaigningParts {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly election: Election;
  readonly peers: Peers;
  readonly picture: ClusterPicture;
  /** Milliseconds between rounds, until a leader says otherwise. */
  readonly interval: number;
  readonly draining: () => boolean;
  /** Leads until its end; resolves then with how long to leave the key to others, in milliseconds. */
  readonly lead: (lease: Lease) => Promise<number>;
  readonly changed: () => void;
}

/** How often a follower looks whether it still hears a leader, in milliseconds. */
const LOOK_EVERY = 200;
/** A follower that has not heard a leader for this many rounds asks the store who leads. */
const SILENT_ROUNDS = 3;
/** Draining nodes lead when nobody else does: they look this much later, in milliseconds. */
const DRAINING_WAITS = 1_000;
const FIRST_KNOCK_PAUSE = 500;
/** Short: the leader in the key may be dead, and etcd gives its lease a new life when it restarts. */
const LAST_KNOCK_PAUSE = 2_000;

/** What a follower does when it hears no leader: it asks who leads, knocks there, or campaigns (DESIGN rule 7). */
export class Campaigning {
  readonly #parts: CampaigningParts;
  #stopped = false;
  #busy = false;
  #patience: number;
  #knockPause = FIRST_KNOCK_PAUSE;
  #notBefore = 0;
  #cancel = () => {};

  constructor(parts: CampaigningParts) {
    this.#parts = parts;
    this.#patience = this.#newPatience();
  }

  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** The leader said that it resigned: nothing has to be waited for but the other candidates. */
  leaderResigned(): void {
    this.#parts.picture.heardAt = null;
    this.#patience = 0;
    this.#schedule(this.#parts.random.fraction() * LOOK_EVERY);
  }

  async #look(): Promise<void> {
    if (this.#stopped || this.#busy) return;
    this.#busy = true;
    await this.#considerLeading();
    this.#busy = false;
    this.#schedule(LOOK_EVERY * (0.5 + this.#parts.random.fraction()));
  }

  #schedule(ms: number): void {
    this.#cancel();
    if (!this.#stopped) this.#cancel = this.#parts.clock.after(ms, () => void this.#look());
  }

  async #considerLeading(): Promise<void> {
    const { picture, clock, draining } = this.#parts;
    if (picture.silence < this.#patience + (draining() ? DRAINING_WAITS : 0)) {
      this.#knockPause = FIRST_KNOCK_PAUSE;
      return;
    }
    if (clock.monotonic() < this.#notBefore) return;
    try {
      await this.#askWhoLeads();
    } catch (error) {
      this.#pause();
      if (error instanceof StoreError) this.#storeTrouble(error);
      else if (!(error instanceof PeerError)) throw error;
    }
  }

  async #askWhoLeads(): Promise<void> {
    const { election, self } = this.#parts;
    const key = await election.leader();
    if (key && key.nodeId !== self.id) return this.#knock(key);
    if (key) return;
    const lease = await election.campaign({ nodeId: self.id, address: self.peerAddress });
    if (lease) await this.#lead(lease);
  }

  async #knock(key: LeaderKey): Promise<void> {
    this.#pause();
    await this.#parts.peers.knock(key.address, this.#parts.self, key.nodeId);
  }

  async #lead(lease: Lease): Promise<void> {
    if (this.#stopped) return lease.resign();
    const pause = await this.#parts.lead(lease);
    const { clock } = this.#parts;
    this.#patience = this.#newPatience();
    this.#notBefore = clock.monotonic() + pause;
  }

  /** Leaves a leader that is being looked for some time to answer, longer each time. */
  #pause(): void {
    const { clock, random } = this.#parts;
    this.#notBefore = clock.monotonic() + this.#knockPause * (0.5 + random.fraction() / 2);
    this.#knockPause = Math.min(LAST_KNOCK_PAUSE, this.#knockPause * 2);
  }

  #storeTrouble(error: StoreError): void {
    const { picture, log, changed } = this.#parts;
    if (!picture.trouble)
      log.warn("nobody leads, and the store does not answer; counting goes on", { error: error.message });
    picture.trouble = storeTrouble(error);
    this.#knockPause = FIRST_KNOCK_PAUSE;
    changed();
  }

  #newPatience(): number {
    const { picture, interval, random } = this.#parts;
    return SILENT_ROUNDS * (picture.interval ?? interval) * (1 + 0.2 * random.fraction());
  }
}
