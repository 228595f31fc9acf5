import type {
  Disk,
  EmptyOther,
  Founding,
  Identity,
  MemberAddress,
  Membership,
  Other,
  Plan,
  RunningOther,
  VolumeNote,
} from "./member.ts";
import { sameFounding } from "./note.ts";

/**
 * What becomes of this member. An identity is used only with its own data: etcd members vote, and one that forgot its votes can
 * lose what was committed. And a cluster is founded only when every member says that its disk is empty: one that merely hears
 * nothing cannot tell a first start from two members that are down.
 */
export function planOf(membership: Membership, disk: Disk, others: readonly Other[]): Plan {
  return disk.data === null
    ? planWithoutData(membership, disk.note, others)
    : planWithData(membership, disk.note, disk.data, others);
}

function planWithData(
  { me, all }: Membership,
  note: VolumeNote | null,
  data: Identity | "unreadable",
  others: readonly Other[],
): Plan {
  const foreign = foreignness(me, all.length, note);
  if (foreign !== null) return { kind: "refuse", why: foreign };
  const quorum = others.find((other) => other.kind === "running");
  if (!quorum) return { kind: "start", why: "its data are here, and no quorum says anything else" };
  if (data === "unreadable") return { kind: "start", why: "its data are here; who they are is for etcd to read" };
  if (quorum.cluster.id !== data.cluster) {
    return {
      kind: "refuse",
      why: `its data are of the cluster ${hex(data.cluster)}, but ${quorum.member.name} runs in ${hex(quorum.cluster.id)}: a disk that was away while a new cluster began? To go on with the new one, delete this member's claim and pod; to go on with this data, stop the others and delete theirs`,
    };
  }
  const known = quorum.cluster.members.some(({ id }) => id === data.member);
  if (known) return { kind: "start", why: `its data are here, and ${quorum.member.name} knows it` };
  return { kind: "set aside", why: `its data are of member ${hex(data.member)}, which was removed from the cluster` };
}

/** Why data must not be started on as they are; null if they may. */
function foreignness(me: MemberAddress, members: number, note: VolumeNote | null): string | null {
  if (note === null)
    return `the volume has data of etcd and no note of whose they are. If somebody restored them here, write ${JSON.stringify({ volume: "restored", members, peerUrl: me.peerUrl, founding: null })} into member.json beside them`;
  if (note.members !== members)
    return `the volume has data of a cluster of ${counted(note.members)}, and this one is to have ${members}. Started like that, two clusters would count apart. Set the count back to ${note.members}, or delete the kept claims to begin with an empty store`;
  // The only member of a cluster talks to no other, so its volume may be brought to another name or namespace.
  if (members > 1 && note.peerUrl !== me.peerUrl)
    return `the volume has the data of ${note.peerUrl}, and this is ${me.peerUrl}. Bring each member's volume back to its own claim`;
  return null;
}

function planWithoutData({ me, all }: Membership, note: VolumeNote | null, others: readonly Other[]): Plan {
  if (note === null || note.members !== all.length || note.peerUrl !== me.peerUrl)
    return { kind: "begin", why: "the disk is new" };
  const quorum = others.find((other) => other.kind === "running");
  return quorum ? planBeside(quorum, me, note) : planAlone({ me, all }, note, others);
}

/** Without data, while the others have a quorum. */
function planBeside({ member, cluster }: RunningOther, me: MemberAddress, note: VolumeNote): Plan {
  // What was agreed is void: the others went on without this member, or its data are gone since.
  if (note.founding) return { kind: "begin", why: `${member.name} has a quorum already` };
  const mine = cluster.members.filter(({ name, peerUrls }) => name === me.name || peerUrls.includes(me.peerUrl));
  const old = mine.map(({ id }) => id);
  const before = old.length > 0 ? `member ${old.map(hex).join(", ")} is gone with its disk` : "there is no such member";
  return {
    kind: "replace",
    old,
    through: member,
    why: `the disk is empty and ${member.name} has a quorum, in which ${before}`,
  };
}

/** Without data, and nobody says that there is a cluster. */
function planAlone(membership: Membership, note: VolumeNote, others: readonly Other[]): Plan {
  const { me, all } = membership;
  const empty = others.filter((other) => other.kind === "empty");
  const allEmpty = empty.length === all.length - 1;
  if (note.founding) {
    if (allEmpty && isVoid(note.founding, empty))
      return { kind: "begin", why: "the disks that agreed to a cluster are gone" };
    return { kind: "found", founding: note.founding, why: "this was agreed, and etcd has not run since" };
  }
  const agreed = empty.find((other) => other.note.founding?.[me.name] === note.volume)?.note.founding;
  if (agreed) return { kind: "found", founding: agreed, why: "another member has agreed to it" };
  if (!allEmpty || empty.some((other) => other.note.founding !== null)) return waiting(others);
  const founding = Object.fromEntries([
    [me.name, note.volume],
    ...empty.map((other) => [other.member.name, other.note.volume]),
  ]);
  return {
    kind: "found",
    founding,
    why: all.length === 1 ? "the disk is empty" : "the disks of all members are empty",
  };
}

/** Whether nobody else has agreed to `founding`, and not everybody can any more. */
function isVoid(founding: Founding, empty: readonly EmptyOther[]): boolean {
  return (
    empty.some(({ member, note }) => founding[member.name] !== note.volume) &&
    !empty.some(({ note }) => sameFounding(note.founding, founding))
  );
}

function waiting(others: readonly Other[]): Plan {
  const said = others.map(
    (other) =>
      `${other.member.name} ${other.kind === "silent" ? `says nothing (${other.detail})` : "has an empty disk too"}`,
  );
  return {
    kind: "wait",
    why: `the disk is empty: it joins as soon as the others have a quorum, or founds a new cluster when all disks are empty. ${said.join("; ")}`,
  };
}

/** How far the others are, seen from a member that has agreed to found a cluster with them. */
export interface Lingering {
  readonly members: number;
  /** How many others were seen to have agreed to the same. */
  readonly agreed: number;
  /** Whether a quorum runs. */
  readonly runs: boolean;
  readonly lingeredMs: number;
}

/**
 * Whether it may start etcd, and so stop telling that it has agreed. It takes a majority: then the cluster comes up whatever
 * happens to the rest, and who is missing joins as a new member. An agreement of one would be an etcd that never has a quorum.
 */
export function mayLeave({ members, agreed, runs, lingeredMs }: Lingering): boolean {
  if (members === 1) return true;
  if (agreed + 1 <= members / 2) return false;
  return runs || lingeredMs >= (agreed === members - 1 ? LINGER_MS : LONGEST_LINGER_MS);
}

/** The others ask twice a second, and have to see what this one has noted. */
const LINGER_MS = 1_500;
/** It is worth this long that the third is there from the beginning. */
const LONGEST_LINGER_MS = 10_000;

/** Hexadecimal, as etcd's own log and tools write ids. */
function hex(id: string): string {
  return BigInt(id).toString(16);
}

function counted(members: number): string {
  return members === 1 ? "1 member" : `${members} members`;
}
