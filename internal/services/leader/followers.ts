import { flawOf } from "../../core/cluster/member_fields.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import { Follower, type FollowerDeps } from "./follower.ts";

/** A node that announced itself is tried for this long, if it is neither discovered nor reached. */
const ANNOUNCEMENT_MS = 30_000;

/** Nodes that announced themselves and are not discovered: as many as a large cluster has. */
const MAX_ANNOUNCED = 1_000;
/** Streams renewed after one round. */
const MAX_RENEWALS = 50;

/** The nodes to which the leader keeps streams: those discovered, and those that announced themselves. */
export class Followers {
  readonly #discovery: Discovery;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #deps: FollowerDeps;
  readonly #followers = new Map<string, Follower>();
  readonly #announced = new Map<string, { readonly member: Member; readonly until: number }>();
  #discovered: readonly Member[];
  #complete = false;
  #discoveryError = "";
  /** Ids of members that are left out and were reported. */
  #leftOut: ReadonlySet<string> = new Set();

  constructor(discovery: Discovery, remembered: readonly Member[], logger: Logger, deps: FollowerDeps) {
    this.#discovery = discovery;
    this.#discovered = remembered;
    this.#clock = deps.clock;
    this.#logger = logger;
    this.#deps = deps;
  }

  /** Updates the list of nodes and opens missing streams. Never throws: if discovery fails, the last list stays. */
  async refresh(): Promise<void> {
    try {
      this.#discovered = this.#wellFormed(await this.#discovery.members());
      this.#complete = true;
      for (const { id } of this.#discovered) this.#announced.delete(id);
      this.#discoveryError = "";
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (failure !== this.#discoveryError)
        this.#logger.warn("nodes could not be discovered; the last list is used", { error: failure });
      this.#discoveryError = failure;
    }
    this.#update();
  }

  /** Whether discovery has succeeded once. Before that there may be nodes that are not on the list. */
  get complete(): boolean {
    return this.#complete;
  }

  /**
   * Adds a node that asks to be collected, for ANNOUNCEMENT_MS unless it is reached or discovered. Without a certificate anybody may ask,
   * and say any address: then the leader dials only a node that is discovered there.
   */
  announce(member: Member, authenticated: boolean): void {
    const discovered = this.#discovered.find(({ id }) => id === member.id);
    if (!authenticated && discovered?.peerAddress !== member.peerAddress) return;
    this.#followers.get(member.id)?.retryNow();
    if (discovered === undefined) this.#remember(member);
    this.#update();
  }

  #remember(member: Member): void {
    if (this.#announced.size >= MAX_ANNOUNCED && !this.#announced.has(member.id)) return;
    this.#announced.set(member.id, { member, until: this.#clock.monotonic() + ANNOUNCEMENT_MS });
  }

  all(): Follower[] {
    return [...this.#followers.values()];
  }

  /** Followers that can be collected. */
  ready(): Follower[] {
    return this.all().filter((follower) => follower.ready && !follower.foreign && !follower.tooOld);
  }

  /** Renews streams whose certificates end soon. Few at a time, because all may be due at once, and each costs a handshake. */
  renewDue(): void {
    let renewed = 0;
    for (const follower of this.#followers.values()) if (renewed < MAX_RENEWALS && follower.renewIfDue()) renewed++;
  }

  close(): void {
    for (const follower of this.#followers.values()) follower.close();
    this.#followers.clear();
  }

  /** Leaves out members that peers would refuse: one such row would make nodes refuse every snapshot. Each is logged once. */
  #wellFormed(members: readonly Member[]): Member[] {
    const flaws = new Map(members.map((member) => [member, flawOf(member)]));
    const leftOut = members.filter((member) => flaws.get(member) !== null);
    for (const member of leftOut)
      if (!this.#leftOut.has(member.id))
        this.#logger.error("node left out: other nodes would refuse what it is registered as", {
          node: member.name,
          id: member.id,
          why: flaws.get(member),
        });
    this.#leftOut = new Set(leftOut.map(({ id }) => id));
    return members.filter((member) => flaws.get(member) === null);
  }

  #update(): void {
    const wanted = this.#wanted();
    for (const [id, follower] of this.#followers) {
      if (wanted.get(id)?.peerAddress === follower.member.peerAddress) continue;
      follower.close();
      this.#followers.delete(id);
    }
    for (const [id, member] of wanted) {
      if (!this.#followers.has(id)) this.#followers.set(id, new Follower(member, this.#deps));
      this.#followers.get(id)?.ensureOpen();
    }
  }

  #wanted(): Map<string, Member> {
    const now = this.#clock.monotonic();
    for (const [id, { until }] of this.#announced)
      if (until < now && !this.#followers.get(id)?.ready) this.#announced.delete(id);
    const announced = [...this.#announced.values()].map(({ member }) => member);
    return new Map([...announced, ...this.#discovered].map((member) => [member.id, member]));
  }
}
