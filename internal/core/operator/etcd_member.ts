/** Where one member of a managed etcd is reached. Every member is given the same list. */
export interface MemberAddress {
  readonly name: string;
  /** `http://host:port`, as etcd's configuration and its member list write it. */
  readonly peerUrl: string;
  readonly clientUrl: string;
}

export interface Membership {
  readonly me: MemberAddress;
  /** This member is among them. */
  readonly all: readonly MemberAddress[];
}

/** The volumes that a cluster began on, by the names of their members. No two clusters have the same, however often they begin. */
export type Founding = Readonly<Record<string, string>>;

/** What the volume says of itself, beside etcd's data. */
export interface VolumeNote {
  /** Random; a new disk has a new one. */
  readonly volume: string;
  /** How many members the cluster has that its data belong to. */
  readonly members: number;
  /** Whose it is. */
  readonly peerUrl: string;
  /** The cluster that this volume has agreed to found, until etcd runs on it. */
  readonly founding: Founding | null;
}

/** As etcd wrote it into its log: who the data make a member, and of what. Decimal, as its API has them. */
export interface Identity {
  readonly member: string;
  readonly cluster: string;
}

export interface Disk {
  readonly note: VolumeNote | null;
  /** Null: etcd has never run on it. */
  readonly data: Identity | "unreadable" | null;
}

/** What a quorum says of itself. */
export interface Cluster {
  readonly id: string;
  readonly members: readonly ClusterMember[];
}

export interface ClusterMember {
  readonly id: string;
  /** Empty until it has been started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
}

/** Another member, when it was asked. */
export type Other = SilentOther | EmptyOther | RunningOther;

/** Nothing is heard of it that says what it has. */
export interface SilentOther {
  readonly kind: "silent";
  readonly member: MemberAddress;
  readonly detail: string;
}

/** It is being prepared too, and its disk is empty. */
export interface EmptyOther {
  readonly kind: "empty";
  readonly member: MemberAddress;
  readonly note: VolumeNote;
}

/** It runs, and is one of a quorum. */
export interface RunningOther {
  readonly kind: "running";
  readonly member: MemberAddress;
  readonly cluster: Cluster;
}

/** What to do next; `why` goes on from there, for the log. */
export type Plan = { readonly why: string } /** Note the disk as a new one, then look again. */ & (
  | { readonly kind: "begin" }
  /** Start on the data. */
  | { readonly kind: "start" }
  /** Found a new cluster with all the others. */
  | { readonly kind: "found"; readonly founding: Founding }
  /** Remove the identities that were lost with the disk, and join as a new member. */
  | { readonly kind: "replace"; readonly old: readonly string[]; readonly through: MemberAddress }
  /** Put the data aside, then look again. */
  | { readonly kind: "set aside" }
  | { readonly kind: "wait" }
  /** Nothing that a program may decide. */
  | { readonly kind: "refuse" }
);

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
  return quorum ? planBeside(quorum, me, note) : planAlone(all, me, note, others);
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
function planAlone(all: readonly MemberAddress[], me: MemberAddress, note: VolumeNote, others: readonly Other[]): Plan {
  if (note.founding)
    return { kind: "found", founding: note.founding, why: "this was agreed, and etcd has not run since" };
  const empty = others.filter((other) => other.kind === "empty");
  const agreed = empty.find((other) => other.note.founding?.[me.name] === note.volume)?.note.founding;
  if (agreed) return { kind: "found", founding: agreed, why: "another member has agreed to it" };
  if (empty.length < all.length - 1 || empty.some((other) => other.note.founding !== null)) return waiting(others);
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

/** Whether a member that has noted `founding` may leave the gathering: `agreed` are the others that were seen to have noted it too. */
export function mayLeave(members: number, agreed: number, lingeredMs: number): boolean {
  if (agreed === members - 1) return lingeredMs >= (members === 1 ? 0 : LINGER_MS);
  return agreed + 1 > members / 2 && lingeredMs >= LONGEST_LINGER_MS;
}

/** The others ask twice a second, and have to see what this one has noted. */
const LINGER_MS = 1_500;
/** With a majority of the disks the cluster comes up, and whoever is missing then joins as a new member. */
const LONGEST_LINGER_MS = 10_000;

/** Hexadecimal, as etcd's own log and tools write ids. */
function hex(id: string): string {
  return BigInt(id).toString(16);
}

function counted(members: number): string {
  return members === 1 ? "1 member" : `${members} members`;
}
