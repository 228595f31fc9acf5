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
