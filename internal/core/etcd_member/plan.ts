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
 * What this member does next. It uses an identity only with the data of that identity: etcd members vote, and a member that forgot its votes
 * can lose what was committed. It founds a cluster only when every member reports an empty disk: a member that hears nothing cannot
 * distinguish a first start from two members that are down.
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
  const foreign = whyForeign(me, all.length, note);
  if (foreign !== null) return { kind: "refuse", why: foreign };
  const quorum = others.find((other) => other.kind === "running");
  const moves = all.length > 1 && note !== null && note.peerUrl !== me.peerUrl;
  if (!quorum)
    return moves ? waitingToMove(me, note) : { kind: "start", why: "its data is here, and no quorum contradicts it" };
  if (data !== "unreadable" && quorum.cluster.id !== data.cluster) {
    return {
      kind: "refuse",
      why: `its data belongs to cluster ${hex(data.cluster)}, but ${quorum.member.name} runs in ${hex(quorum.cluster.id)}. Perhaps this disk was away while a new cluster began. To continue with the new cluster, delete this member's claim and pod. To continue with this data, stop the other members and delete their claims`,
    };
  }
  const known = quorum.cluster.members.find(({ id, name }) =>
    data === "unreadable" ? name === me.name : id === data.member,
  );
  if (known && moves) {
    const why = `its data is here, and ${quorum.member.name} still knows it as ${note.peerUrl}`;
    return { kind: "readdress", id: known.id, through: quorum.member, why };
  }
  if (data === "unreadable") return { kind: "start", why: "its data is here; only etcd can read whose it is" };
  if (known) return { kind: "start", why: `its data is here, and ${quorum.member.name} knows this member` };
  return {
    kind: "set aside",
    why: `its data belongs to member ${hex(data.member)}, which was removed from the cluster`,
  };
}

/** Why etcd must not start on the data; null: it may. */
function whyForeign(me: MemberAddress, members: number, note: VolumeNote | null): string | null {
  if (note === null)
    return `the volume has data of etcd, but no note says whose. If somebody restored it here, write ${JSON.stringify({ volume: "restored", members, peerUrl: me.peerUrl, founding: null })} into member.json beside it`;
  if (note.members !== members)
    return `the volume has data of a cluster of ${counted(note.members)}, but this cluster has ${members}. Starting would make two clusters with different totals. Set members back to ${note.members}, or delete the kept claims to begin with an empty store`;
  // A single member talks to no other one, so its volume may be moved to another name or namespace.
  if (members > 1 && hostOf(note.peerUrl) !== hostOf(me.peerUrl))
    return `the volume has the data of ${note.peerUrl}, but this is ${me.peerUrl}. Give each member the volume with its own data`;
  return null;
}

/** The other members would look for it where it no longer listens. */
function waitingToMove(me: MemberAddress, note: VolumeNote): Plan {
  const [before, now] = [note.peerUrl, me.peerUrl].map((url) =>
    url.startsWith("https:") ? "with TLS" : "without TLS",
  );
  return {
    kind: "wait",
    why: `the cluster knows this member ${before}, and it is to run ${now}. It starts as soon as a quorum of the others can be told. If all members wait for this, delete the resource, create it with tls.enabled: false, and set it to true once the store runs`,
  };
}

function hostOf(url: string): string {
  return new URL(url).host;
}

function planWithoutData({ me, all }: Membership, note: VolumeNote | null, others: readonly Other[]): Plan {
  if (note === null || note.members !== all.length || note.peerUrl !== me.peerUrl)
    return { kind: "begin", why: "the disk is new" };
  const quorum = others.find((other) => other.kind === "running");
  return quorum ? planBeside(quorum, me, note) : planAlone({ me, all }, note, others);
}

/** This member has no data, and the others have a quorum. */
function planBeside({ member, cluster }: RunningOther, me: MemberAddress, note: VolumeNote): Plan {
  // The agreement is void: the others went on without this member, or its data was lost since then.
  if (note.founding) return { kind: "begin", why: `${member.name} already has a quorum` };
  const mine = cluster.members.filter(({ name, peerUrls }) => name === me.name || peerUrls.includes(me.peerUrl));
  const old = mine.map(({ id }) => id);
  const before = old.length > 0 ? `member ${old.map(hex).join(", ")} was lost with its disk` : "this member is unknown";
  return {
    kind: "replace",
    old,
    through: member,
    why: `the disk is empty, and ${member.name} has a quorum in which ${before}`,
  };
}

/** This member has no data, and no member reports a cluster. */
function planAlone(membership: Membership, note: VolumeNote, others: readonly Other[]): Plan {
  const { me, all } = membership;
  const empty = others.filter((other) => other.kind === "empty");
  const allEmpty = empty.length === all.length - 1;
  if (note.founding) {
    if (allEmpty && isVoid(note.founding, empty))
      return { kind: "begin", why: "other disks that agreed to found a cluster are gone" };
    return { kind: "found", founding: note.founding, why: "the members agreed to it, and etcd has not run since" };
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

/** Whether no other member has agreed to `founding`, and at least one cannot any more because its disk was replaced. */
function isVoid(founding: Founding, empty: readonly EmptyOther[]): boolean {
  return (
    empty.some(({ member, note }) => founding[member.name] !== note.volume) &&
    !empty.some(({ note }) => sameFounding(note.founding, founding))
  );
}

function waiting(others: readonly Other[]): Plan {
  const said = others.map(
    (other) =>
      `${other.member.name} ${other.kind === "silent" ? `does not answer (${other.detail})` : "has an empty disk, too"}`,
  );
  return {
    kind: "wait",
    why: `the disk is empty. This member joins as soon as the others have a quorum, or founds a new cluster once all disks are known to be empty. ${said.join("; ")}`,
  };
}

/** What a member that has agreed to found a cluster knows of the others. */
export interface Lingering {
  readonly members: number;
  /** How many others have reported that they agreed, too. */
  readonly agreed: number;
  /** Whether a quorum runs. */
  readonly runs: boolean;
  readonly lingeredMs: number;
}

/**
 * Whether the member may start etcd, and so stop reporting that it has agreed. A majority must have agreed. Then the cluster starts whatever
 * happens to the rest, and a missing member joins as a new one. With less than a majority, etcd would never have a quorum.
 */
export function mayLeave({ members, agreed, runs, lingeredMs }: Lingering): boolean {
  if (members === 1) return true;
  if (agreed + 1 <= members / 2) return false;
  return runs || lingeredMs >= (agreed === members - 1 ? LINGER_MS : LONGEST_LINGER_MS);
}

/** The others ask twice a second and must learn that this member has agreed. */
const LINGER_MS = 1_500;
/** So long it is worth waiting for the third member, which then takes part from the beginning. */
const LONGEST_LINGER_MS = 10_000;

/** Hexadecimal, as etcd's own log and tools write ids. */
function hex(id: string): string {
  return BigInt(id).toString(16);
}

function counted(members: number): string {
  return members === 1 ? "1 member" : `${members} members`;
}
