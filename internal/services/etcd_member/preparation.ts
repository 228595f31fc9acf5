import {
  type Founding,
  type MemberAddress,
  type Membership,
  mayLeave,
  type Other,
  type Plan,
  planOf,
  type VolumeNote,
} from "../../core/operator/etcd_member.ts";
import type { Start } from "../../core/operator/etcd_member_config.ts";
import { sameFounding } from "../../core/operator/etcd_member_note.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EtcdMembers, Gathering, MemberVolume } from "../../ports/etcd_member.ts";
import type { Log } from "../../ports/log.ts";
import type { Random } from "../../ports/random.ts";
import { StoreError } from "../../ports/store.ts";

export interface PreparationParts {
  readonly membership: Membership;
  readonly volume: MemberVolume;
  readonly members: EtcdMembers;
  readonly gathering: Gathering;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export type Prepared = Start | { readonly kind: "refused"; readonly why: string };

/** Milliseconds between two looks at the others. */
const PAUSE_MS = 500;
/** Milliseconds after which a member that waits says so again. */
const REMINDER_MS = 60_000;

/**
 * Prepares an etcd member's disk, and resolves when its etcd may start, however long it has to wait for the others. It can be
 * ended at any point and run again. Throws PreparationError.
 */
export class Preparation {
  readonly #parts: PreparationParts;
  #said = "";
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  async run(): Promise<Prepared> {
    try {
      for (;;) {
        const { plan, note } = await this.#look();
        const prepared = await this.#carryOut(plan, note);
        if (prepared) return prepared;
      }
    } finally {
      await this.#parts.gathering.close();
    }
  }

  async #look(): Promise<{ plan: Plan; note: VolumeNote }> {
    const { volume, gathering, membership } = this.#parts;
    const disk = volume.read();
    if (disk.data === null && disk.note !== null) await gathering.tell(disk.note);
    const plan = planOf(membership, disk, await this.#others());
    return { plan, note: disk.note ?? this.#newNote() };
  }

  /** Null: look again. */
  async #carryOut(plan: Plan, note: VolumeNote): Promise<Prepared | null> {
    this.#say(plan);
    switch (plan.kind) {
      case "begin":
        this.#parts.volume.note(this.#newNote());
        return null;
      case "set aside":
        return this.#setAside();
      case "start":
        if (note.founding) this.#parts.volume.note({ ...note, founding: null });
        return { kind: "data" };
      case "found":
        return this.#found(note, plan.founding);
      case "replace":
        return this.#replace(plan);
      case "wait":
        return this.#pause();
      case "refuse":
        return { kind: "refused", why: plan.why };
    }
  }

  /** The note goes first: a disk without data whose note still agreed to a founding would take part in it again. */
  #setAside(): null {
    this.#parts.volume.note(this.#newNote());
    this.#parts.volume.setAside();
    return null;
  }

  /** Stays until the others have seen that this disk has agreed, so that none of them is left behind with an agreement of one. */
  async #found(note: VolumeNote, founding: Founding): Promise<Prepared> {
    const { volume, gathering, membership, clock } = this.#parts;
    const agreed = { ...note, founding };
    volume.clear();
    volume.note(agreed);
    await gathering.tell(agreed);
    const since = clock.monotonic();
    const seen = new Set<string>();
    for (;;) {
      if (mayLeave(membership.all.length, seen.size, clock.monotonic() - since)) return { kind: "found", founding };
      for (const other of await this.#others()) if (hasAgreed(other, founding)) seen.add(other.member.name);
      await this.#pause();
    }
  }

  async #replace({ old, through }: Extract<Plan, { kind: "replace" }>): Promise<Prepared | null> {
    const { members, membership, volume } = this.#parts;
    volume.clear();
    try {
      for (const id of old) await members.remove(through, id);
      return { kind: "join", members: await members.add(through, membership.me.peerUrl) };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // A quorum that has just changed, or was not whole for the last seconds, refuses changes for a while.
      this.#parts.log.warn("The members could not be changed; trying again", { reason: error.message });
      return this.#pause();
    }
  }

  #others(): Promise<readonly Other[]> {
    const { all, me } = this.#parts.membership;
    return Promise.all(all.filter(({ name }) => name !== me.name).map((member) => this.#ask(member)));
  }

  async #ask(member: MemberAddress): Promise<Other> {
    const { members, gathering, membership } = this.#parts;
    const [cluster, note] = await Promise.all([
      members.cluster(member).catch((error: Error) => error),
      gathering.ask(member),
    ]);
    if (!(cluster instanceof Error)) return { member, kind: "running", cluster };
    if (note === null) return { member, kind: "silent", detail: cluster.message };
    if (note.peerUrl === member.peerUrl && note.members === membership.all.length)
      return { member, kind: "empty", note };
    return { member, kind: "silent", detail: `there is ${note.peerUrl}, prepared as one of ${note.members}` };
  }

  #newNote(): VolumeNote {
    const { membership, random } = this.#parts;
    const { me, all } = membership;
    return { volume: random.id(), members: all.length, peerUrl: me.peerUrl, founding: null };
  }

  #say({ kind, why }: Plan): void {
    const { log, clock, membership } = this.#parts;
    const now = clock.monotonic();
    if (why === this.#said && now - this.#saidAt < REMINDER_MS) return;
    this.#said = why;
    this.#saidAt = now;
    const at = kind === "refuse" ? "error" : kind === "set aside" || kind === "replace" ? "warn" : "info";
    log[at](`${WORDS[kind]}: ${why}`, { members: membership.all.length });
  }

  #pause(): Promise<null> {
    return new Promise((resolve) => this.#parts.clock.after(PAUSE_MS, () => resolve(null)));
  }
}

const WORDS: Readonly<Record<Plan["kind"], string>> = {
  begin: "Begins",
  start: "Starts",
  found: "Founds a new cluster",
  replace: "Joins as a new member",
  "set aside": "Puts the data aside",
  wait: "Waits",
  refuse: "Refuses to start",
};

function hasAgreed(other: Other, founding: Founding): boolean {
  return other.kind === "running" || (other.kind === "empty" && sameFounding(other.note.founding, founding));
}
