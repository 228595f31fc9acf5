import type { EtcdStart } from "../../core/etcd_member/config.ts";
import type { Founding, MemberAddress, Membership, Other, Plan, VolumeNote } from "../../core/etcd_member/member.ts";
import { sameFounding } from "../../core/etcd_member/note.ts";
import { mayLeave, planOf } from "../../core/etcd_member/plan.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EtcdMembers, Gathering, MemberVolume } from "../../ports/etcd_member.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import { StoreError } from "../../ports/store.ts";

export interface PreparationDeps {
  readonly membership: Membership;
  readonly volume: MemberVolume;
  readonly members: EtcdMembers;
  readonly gathering: Gathering;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export type Prepared = EtcdStart | { readonly kind: "refused"; readonly why: string };

/** What this process has agreed to since it started, and which members have agreed to the same. */
interface Agreement {
  readonly founding: Founding;
  /** When it agreed, on the monotonic clock. */
  readonly since: number;
  readonly seen: Set<string>;
}

/** Milliseconds between two questions to the other members. */
const PAUSE_MS = 500;
/** Milliseconds after which a waiting member logs its reason again. */
const REMINDER_MS = 60_000;

/**
 * Prepares an etcd member's disk, and resolves when its etcd may start. It waits for the other members as long as it takes. It may be
 * killed at any point and run again. Throws PreparationError.
 */
export class Preparation {
  readonly #deps: PreparationDeps;
  #agreement: Agreement | null = null;
  #reported = "";
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: PreparationDeps) {
    this.#deps = deps;
  }

  async run(): Promise<Prepared> {
    const { volume, gathering, membership } = this.#deps;
    try {
      for (;;) {
        const disk = volume.read();
        if (disk.data === null && disk.note !== null) await gathering.tell(disk.note);
        const others = await this.#others(disk.note);
        const founding = this.#decided(others);
        if (founding) return { kind: "found", founding };
        const prepared = await this.#carryOut(planOf(membership, disk, others), disk.note ?? this.#newNote());
        if (prepared) return prepared;
      }
    } finally {
      await gathering.close();
    }
  }

  /** Null: ask the others again. */
  async #carryOut(plan: Plan, note: VolumeNote): Promise<Prepared | null> {
    // After it has agreed, its first reason for that says more than a new one.
    this.#report(plan.kind === "found" && this.#agreement ? { ...plan, why: this.#reported } : plan);
    switch (plan.kind) {
      case "begin":
        this.#agreement = null;
        this.#deps.volume.note(this.#newNote());
        return null;
      case "set aside":
        return this.#setAside();
      case "start":
        if (note.founding) this.#deps.volume.note({ ...note, founding: null });
        return { kind: "data" };
      case "found":
        return this.#agree(note, plan.founding);
      case "replace":
        return this.#replace(plan);
      case "readdress":
        return this.#readdress(plan, note);
      case "wait":
        return this.#pause();
      case "refuse":
        return { kind: "refused", why: plan.why };
    }
  }

  /** Writes the note first: a disk without data, whose old note agreed to a bootstrap, would take part in it again. */
  #setAside(): null {
    this.#deps.volume.note(this.#newNote());
    this.#deps.volume.setAside();
    return null;
  }

  /** Writes the agreement to the disk, where a crash does not undo it. */
  async #agree(note: VolumeNote, founding: Founding): Promise<null> {
    const { volume, clock } = this.#deps;
    if (!sameFounding(note.founding, founding)) volume.note({ ...note, founding });
    if (this.#agreement) return this.#pause();
    volume.clear();
    this.#agreement = { founding, since: clock.monotonic(), seen: new Set() };
    return null;
  }

  /** What this member has agreed to, once the others no longer need its reports. Null: not yet. */
  #decided(others: readonly Other[]): Founding | null {
    if (!this.#agreement) return null;
    const { founding, since, seen } = this.#agreement;
    for (const other of others) if (hasAgreed(other, founding)) seen.add(other.member.name);
    const runs = others.some(({ kind }) => kind === "running");
    const lingeredMs = this.#deps.clock.monotonic() - since;
    return mayLeave({ members: others.length + 1, agreed: seen.size, runs, lingeredMs }) ? founding : null;
  }

  async #replace({ old, through }: Extract<Plan, { kind: "replace" }>): Promise<Prepared | null> {
    const { members, membership, volume } = this.#deps;
    volume.clear();
    try {
      for (const id of old) await members.remove(through, id);
      return { kind: "join", members: await members.add(through, membership.me.peerUrl) };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // A quorum refuses changes for a while after its last change, and after a member was away.
      this.#deps.logger.warn("cannot change the members; retrying", { reason: error.message });
      return this.#pause();
    }
  }

  /** The note comes last: until then, a start begins this again. */
  async #readdress({ id, through }: Extract<Plan, { kind: "readdress" }>, note: VolumeNote): Promise<null> {
    const { members, membership, volume } = this.#deps;
    try {
      await members.readdress(through, id, membership.me.peerUrl);
      volume.note({ ...note, peerUrl: membership.me.peerUrl });
      return null;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#deps.logger.warn("cannot change this member's address; retrying", { reason: error.message });
      return this.#pause();
    }
  }

  #others(note: VolumeNote | null): Promise<readonly Other[]> {
    const { all, me } = this.#deps.membership;
    const others = all.filter(({ name }) => name !== me.name);
    // While TLS is turned on or off, some members have been restarted with it, and some have not.
    const changes = note !== null && schemeOf(note.peerUrl) !== schemeOf(me.peerUrl);
    return Promise.all(others.map((member) => (changes ? this.#askBothWays(member, note) : this.#ask(member))));
  }

  async #askBothWays(member: MemberAddress, note: VolumeNote): Promise<Other> {
    const other = await this.#ask(member);
    const clientUrl = member.clientUrl.replace(/^https?:/, schemeOf(note.peerUrl));
    return other.kind === "running" ? other : this.#ask({ ...member, clientUrl });
  }

  /** A quorum's report is enough. The note is needed only without one. */
  #ask(member: MemberAddress): Promise<Other> {
    const { members, gathering } = this.#deps;
    const note = gathering.ask(member);
    return members.cluster(member).then(
      (cluster) => ({ kind: "running", member, cluster }),
      async (error: Error) => this.#otherFrom(member, await note, error.message),
    );
  }

  #otherFrom(member: MemberAddress, note: VolumeNote | null, detail: string): Other {
    if (note === null) return { kind: "silent", member, detail };
    const { peerUrl, members } = note;
    if (peerUrl === member.peerUrl && members === this.#deps.membership.all.length)
      return { kind: "empty", member, note };
    return { kind: "silent", member, detail: `its note says ${peerUrl}, one of ${members} members` };
  }

  #newNote(): VolumeNote {
    const { membership, random } = this.#deps;
    const { me, all } = membership;
    return { volume: random.id(), members: all.length, peerUrl: me.peerUrl, founding: null };
  }

  #report({ kind, why }: Plan): void {
    const { logger, clock, membership } = this.#deps;
    const now = clock.monotonic();
    if (why === this.#reported && now - this.#reportedAt < REMINDER_MS) return;
    this.#reported = why;
    this.#reportedAt = now;
    const at = kind === "refuse" ? "error" : kind === "set aside" || kind === "replace" ? "warn" : "info";
    logger[at](`${LOG_EVENTS[kind]}: ${why}`, { members: membership.all.length });
  }

  #pause(): Promise<null> {
    return new Promise((resolve) => this.#deps.clock.after(PAUSE_MS, () => resolve(null)));
  }
}

const LOG_EVENTS: Readonly<Record<Plan["kind"], string>> = {
  begin: "preparing a new disk",
  start: "starting etcd",
  found: "founding a new cluster",
  replace: "joining as a new member",
  readdress: "changing this member's address",
  "set aside": "moving the data aside",
  wait: "waiting",
  refuse: "refusing to start",
};

/** `http:` or `https:`. */
function schemeOf(url: string): string {
  return new URL(url).protocol;
}

function hasAgreed(other: Other, founding: Founding): boolean {
  return other.kind === "empty" && sameFounding(other.note.founding, founding);
}
