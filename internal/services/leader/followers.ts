import { flawOf } from "../../core/cluster/member_fields.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Log } from "../../ports/logger.ts";
import { Connection, type ConnectionParts } from "./follower.ts";

/** A node that knocked is dialled for this long without being discovered or reached, in milliseconds. */
const KNOCK_LASTS = 30_000;

/** The nodes that the leader keeps streams to: those discovered, and those that knocked. */
export class Roster {
  readonly #discovery: Discovery;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #parts: ConnectionParts;
  readonly #connections = new Map<string, Connection>();
  readonly #knocked = new Map<string, { readonly member: Member; readonly until: number }>();
  #discovered: readonly Member[];
  #complete = false;
  #trouble = "";
  /** Ids of members that are left out, and were reported. */
  #leftOut: ReadonlySet<string> = new Set();

  constructor(discovery: Discovery, remembered: readonly Member[], log: Log, parts: ConnectionParts) {
    this.#discovery = discovery;
    this.#discovered = remembered;
    this.#clock = parts.clock;
    this.#log = log;
    this.#parts = parts;
  }

  /** Learns who is there and dials whoever is not connected. Never throws: without discovery the last list stands. */
  async refresh(): Promise<void> {
    try {
      this.#discovered = this.#understood(await this.#discovery.members());
      this.#complete = true;
      for (const { id } of this.#discovered) this.#knocked.delete(id);
      this.#trouble = "";
    } catch (error) {
      const trouble = error instanceof Error ? error.message : String(error);
      if (trouble !== this.#trouble)
        this.#log.warn("nodes cannot be discovered; the last list stands", { error: trouble });
      this.#trouble = trouble;
    }
    this.#update();
  }

  /** Whether discovery has answered: until then there may be nodes that nobody here remembers. */
  get complete(): boolean {
    return this.#complete;
  }

  knock(member: Member): void {
    this.#connections.get(member.id)?.hurry();
    this.#knocked.set(member.id, { member, until: this.#clock.monotonic() + KNOCK_LASTS });
    this.#update();
  }

  all(): Connection[] {
    return [...this.#connections.values()];
  }

  /** Those that can be asked. */
  ready(): Connection[] {
    return this.all().filter((connection) => connection.ready && !connection.foreign);
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  /** Without those that no node would understand: their rows would spoil every snapshot. Each is reported once. */
  #understood(members: readonly Member[]): Member[] {
    const flaws = new Map(members.map((member) => [member, flawOf(member)]));
    const leftOut = members.filter((member) => flaws.get(member) !== null);
    for (const member of leftOut)
      if (!this.#leftOut.has(member.id))
        this.#log.error("a node is left out: what it is registered as cannot be told to the others", {
          node: member.name,
          id: member.id,
          why: flaws.get(member),
        });
    this.#leftOut = new Set(leftOut.map(({ id }) => id));
    return members.filter((member) => flaws.get(member) === null);
  }

  #update(): void {
    const wanted = this.#wanted();
    for (const [id, connection] of this.#connections) {
      if (wanted.get(id)?.peerAddress === connection.member.peerAddress) continue;
      connection.close();
      this.#connections.delete(id);
    }
    for (const [id, member] of wanted) {
      if (!this.#connections.has(id)) this.#connections.set(id, new Connection(member, this.#parts));
      this.#connections.get(id)?.ensureOpen();
    }
  }

  #wanted(): Map<string, Member> {
    const now = this.#clock.monotonic();
    for (const [id, { until }] of this.#knocked)
      if (until < now && !this.#connections.get(id)?.ready) this.#knocked.delete(id);
    const knocked = [...this.#knocked.values()].map(({ member }) => member);
    return new Map([...knocked, ...this.#discovered].map((member) => [member.id, member]));
  }
}
