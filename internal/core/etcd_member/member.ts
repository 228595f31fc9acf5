/** Where one member of a managed etcd is reached. All members have the same list. */
export interface MemberAddress {
  readonly name: string;
  /** `https://host:port`, or without TLS `http://host:port`, as in etcd's configuration and its member list. */
  readonly peerUrl: string;
  readonly clientUrl: string;
}

export interface Membership {
  readonly me: MemberAddress;
  /** This member is among them. */
  readonly all: readonly MemberAddress[];
}

/** The volumes on which a cluster was founded, by the names of their members. No two clusters have the same ones, even after many attempts. */
export type Founding = Readonly<Record<string, string>>;

/** A note on the volume, beside etcd's data. */
export interface VolumeNote {
  /** Random; a new disk has a new one. */
  readonly volume: string;
  /** How many members the cluster of this data has. */
  readonly members: number;
  /** The member that the volume belongs to. */
  readonly peerUrl: string;
  /** The cluster that this member has agreed to found; null again once etcd runs. */
  readonly founding: Founding | null;
}

/** The ids of the member and its cluster, as etcd wrote them into its log. Decimal, as in its API. */
export interface Identity {
  readonly member: string;
  readonly cluster: string;
}

export interface Disk {
  readonly note: VolumeNote | null;
  /** Null: etcd has never run on it. */
  readonly data: Identity | "unreadable" | null;
}

/** A cluster, as a quorum of it reports it. */
export interface Cluster {
  readonly id: string;
  readonly members: readonly ClusterMember[];
}

export interface ClusterMember {
  readonly id: string;
  /** Empty until the member has started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
}

/** What another member answered. */
export type Other = SilentOther | EmptyOther | RunningOther;

/** It does not answer, so what its disk has is unknown. */
export interface SilentOther {
  readonly kind: "silent";
  readonly member: MemberAddress;
  readonly detail: string;
}

/** It prepares its disk, too, and that is empty. */
export interface EmptyOther {
  readonly kind: "empty";
  readonly member: MemberAddress;
  readonly note: VolumeNote;
}

/** It runs and belongs to a quorum. */
export interface RunningOther {
  readonly kind: "running";
  readonly member: MemberAddress;
  readonly cluster: Cluster;
}

/** What to do next. `why` completes the log line. */
export type Plan = { readonly why: string } /** Write the note of a new disk, then plan again. */ & (
  | { readonly kind: "begin" }
  /** Start on the data. */
  | { readonly kind: "start" }
  /** Found a new cluster with all the others. */
  | { readonly kind: "found"; readonly founding: Founding }
  /** Remove the members that were lost with the disk, and join as a new one. */
  | { readonly kind: "replace"; readonly old: readonly string[]; readonly through: MemberAddress }
  /** Give this member its present address in the cluster, then plan again. */
  | { readonly kind: "readdress"; readonly id: string; readonly through: MemberAddress }
  /** Move the data aside, then plan again. */
  | { readonly kind: "set aside" }
  | { readonly kind: "wait" }
  /** Only a person may decide. */
  | { readonly kind: "refuse" }
);
