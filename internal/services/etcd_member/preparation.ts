import type { EtcdStart } from "../../core/etcd_member/config.ts";
import type { Founding, MemberAddress, Membership, Other, Plan, VolumeNote } from "../../core/etcd_member/member.ts";
import { sameFounding } from "../../core/etcd_member/note.ts";
import { mayLeave, planOf } from "../../core/etcd_member/plan.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EtcdMembers, Gathering, MemberVolume } from "../../ports/etcd_member.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import { StoreError } from "../../ports/store.ts";

export interface PreparationParts {
  readonly membership: Membership;
  readonly volume: MemberVolume;
  readonly members: EtcdMembers;
  readonly gathering: Gathering;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export type Prepared = EtcdStart | { readonly kind: "refused"; readonly why: string };

/** What this process has agreed to, and which other members have reported that they agreed, too. */
interface Agreement {
  readonly founding: Founding;
  /** On the monotonic clock. */
  readonly since: number;
  readonly seen: Set<string>;
}

const PAUSE_MS = 500;
/** A member that waits logs that again after this time. */
const REMINDER_MS = 60_000;

/**
 * Prepares an etcd member's disk. Resolves when etcd may start, however long it must wait for the other members. It may be stopped at any
 * point and run again. Throws PreparationError.
 */
export class Preparation {
  readonly #parts: PreparationParts;
  #agreement: Agreement | null = null;
  #said = "";
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  async run(): Promise<Prepared> {
    const { volume, gathering, membership } = this.#parts;
    try {
      for (;;) {
        const disk = volume.read();
        if (disk.data === null && disk.note !== null) await gathering.tell(disk.note);
        const others = await this.#others();
        const founding = this.#decided(others);
        if (founding) return { kind: "found", founding };
        const prepared = await this.#carryOut(planOf(membership, disk, others), disk.note ?? this.#newNote());
        if (prepared) return prepared;
      }
    } finally {
      await gathering.close();
    }
  }

  /** Null: plan again. */
  async #carryOut(plan: Plan, note: VolumeNote): Promise<Prepared | null> {
    // After it has agreed, the first reason says more than that it has agreed.
    this.#say(plan.kind === "found" && this.#agreement ? { ...plan, why: this.#said } : plan);
    switch (plan.kind) {
      case "begin":
        this.#agreement = null;
        this.#parts.volume.note(this.#newNote());
        return null;
      case "set aside":
        return this.#setAside();
      case "start":
        if (note.founding) this.#parts.volume.note({ ...note, founding: null });
        return { kind: "data" };
      case "found":
        return this.#agree(note, plan.founding);
      case "replace":
        return this.#replace(plan);
      case "wait":
        return this.#pause();
      case "refuse":
        return { kind: "refused", why: plan.why };
    }
  }

  /** The note first: a disk without data would otherwise still have its old agreement, and take part in that founding again. */
  #setAside(): null {
    this.#parts.volume.note(this.#newNote());
    this.#parts.volume.setAside();
    return null;
  }

  /** Writes the agreement to the volume, so that a crash does not undo it. */
  async #agree(note: VolumeNote, founding: Founding): Promise<null> {
    const { volume, clock } = this.#parts;
    if (!sameFounding(note.founding, founding)) volume.note({ ...note, founding });
    if (this.#agreement) return this.#pause();
    volume.clear();
    this.#agreement = { founding, since: clock.monotonic(), seen: new Set() };
    return null;
  }

  /** What this member has agreed to, once it no longer has to report that to the others; null before. */
  #decided(others: readonly Other[]): Founding | null {
    if (!this.#agreement) return null;
    const { founding, since, seen } = this.#agreement;
    for (const other of others) if (hasAgreed(other, founding)) seen.add(other.member.name);
    const runs = others.some(({ kind }) => kind === "running");
    const lingeredMs = this.#parts.clock.monotonic() - since;
    return mayLeave({ members: others.length + 1, agreed: seen.size, runs, lingeredMs }) ? founding : null;
  }

  async #replace({ old, through }: Extract<Plan, { kind: "replace" }>): Promise<Prepared | null> {
    const { members, membership, volume } = this.#parts;
    volume.clear();
    try {
      for (const id of old) await members.remove(through, id);
      return { kind: "join", members: await members.add(through, membership.me.peerUrl) };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // A quorum refuses changes for a while after another change, or after a member was away.
      this.#parts.logger.warn("cannot change the members; retrying", { reason: error.message });
      return this.#pause();
    }
  }

  #others(): Promise<readonly Other[]> {
    const { all, me } = this.#parts.membership;
    return Promise.all(all.filter(({ name }) => name !== me.name).map((member) => this.#ask(member)));
  }

  /** The report of a quorum is enough. Without one, waits for the member's note. */
  #ask(member: MemberAddress): Promise<Other> {
    const { members, gathering } = this.#parts;
    const told = gathering.ask(member);
    return members.cluster(member).then(
      (cluster) => ({ kind: "running", member, cluster }),
      async (error: Error) => this.#heard(member, await told, error.message),
    );
  }

  #heard(member: MemberAddress, note: VolumeNote | null, detail: string): Other {
    if (note === null) return { kind: "silent", member, detail };
    const { peerUrl, members } = note;
    if (peerUrl === member.peerUrl && members === this.#parts.membership.all.length)
      return { kind: "empty", member, note };
    return { kind: "silent", member, detail: `there is ${peerUrl}, prepared as one of ${members}` };
  }

  #newNote(): VolumeNote {
    const { membership, random } = this.#parts;
    const { me, all } = membership;
    return { volume: random.id(), members: all.length, peerUrl: me.peerUrl, founding: null };
  }

  #say({ kind, why }: Plan): void {
    const { logger, clock, membership } = this.#parts;
    const now = clock.monotonic();
    if (why === this.#said && now - this.#saidAt < REMINDER_MS) return;
    this.#said = why;
    this.#saidAt = now;
    const at = kind === "refuse" ? "error" : kind === "set aside" || kind === "replace" ? "warn" : "info";
    logger[at](`${LOG_EVENTS[kind]}: ${why}`, { members: membership.all.length });
  }

  #pause(): Promise<null> {
    return new Promise((resolve) => this.#parts.clock.after(PAUSE_MS, () => resolve(null)));
  }
}

const LOG_EVENTS: Readonly<Record<Plan["kind"], string>> = {
  begin: "preparing a new disk",
  start: "starting etcd",
  found: "founding a new cluster",
  replace: "joining as a new member",
  "set aside": "moving the data aside",
  wait: "waiting",
  refuse: "refusing to start",
};

function hasAgreed(other: Other, founding: Founding): boolean {
  return other.kind === "empty" && sameFounding(other.note.founding, founding);
}
