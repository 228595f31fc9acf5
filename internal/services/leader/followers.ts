import { flawOf } from "../../core/cluster/member_fields.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import { Follower, type FollowerDeps } from "./follower.ts";

/** A node that knocked is dialled for this long without being discovered or reached, in milliseconds. */
const ANNOUNCEMENT_MS = 30_000;

/** The nodes that the leader keeps streams to: those discovered, and those that knocked. */
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
  /** Ids of members that are left out, and were reported. */
  #leftOut: ReadonlySet<string> = new Set();

  constructor(discovery: Discovery, remembered: readonly Member[], logger: Logger, deps: FollowerDeps) {
    this.#discovery = discovery;
    this.#discovered = remembered;
    this.#clock = deps.clock;
    this.#logger = logger;
    this.#deps = deps;
  }

  /** Learns who is there and dials whoever is not connected. Never throws: without discovery the last list stands. */
  async refresh(): Promise<void> {
    try {
      this.#discovered = this.#understood(await this.#discovery.members());
      this.#complete = true;
      for (const { id } of this.#discovered) this.#announced.delete(id);
      this.#discoveryError = "";
    } catch (error) {
      const trouble = error instanceof Error ? error.message : String(error);
      if (trouble !== this.#discoveryError)
        this.#logger.warn("nodes cannot be discovered; the last list stands", { error: trouble });
      this.#discoveryError = trouble;
    }
    this.#update();
  }

  /** Whether discovery has answered: until then there may be nodes that nobody here remembers. */
  get complete(): boolean {
    return this.#complete;
  }

  announce(member: Member): void {
    this.#followers.get(member.id)?.retryNow();
    this.#announced.set(member.id, { member, until: this.#clock.monotonic() + ANNOUNCEMENT_MS });
    this.#update();
  }

  all(): Follower[] {
    return [...this.#followers.values()];
  }

  /** Those that can be asked. */
  ready(): Follower[] {
    return this.all().filter((follower) => follower.ready && !follower.foreign);
  }

  close(): void {
    for (const follower of this.#followers.values()) follower.close();
    this.#followers.clear();
  }

  /** Without those that no node would understand: their rows would spoil every snapshot. Each is reported once. */
  #understood(members: readonly Member[]): Member[] {
    const flaws = new Map(members.map((member) => [member, flawOf(member)]));
    const leftOut = members.filter((member) => flaws.get(member) !== null);
    for (const member of leftOut)
      if (!this.#leftOut.has(member.id))
        this.#logger.error("a node is left out: what it is registered as cannot be told to the others", {
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
    const knocked = [...this.#announced.values()].map(({ member }) => member);
    return new Map([...knocked, ...this.#discovered].map((member) => [member.id, member]));
  }
}
