import type { Cluster, ClusterMember, Disk, MemberAddress, VolumeNote } from "../core/etcd_member/member.ts";

/** The member list of an etcd cluster. Every method throws StoreError. */
export interface EtcdMembers {
  /** Asks a quorum through the member `through`. Fails if there is no quorum. */
  cluster(through: MemberAddress): Promise<Cluster>;
  /** Removes a member. Does nothing if there is no such member. */
  remove(through: MemberAddress, id: string): Promise<void>;
  /** Adds a member. Resolves to all members, with the new one. */
  add(through: MemberAddress, peerUrl: string): Promise<readonly ClusterMember[]>;
  /** Changes a member's address. */
  readdress(through: MemberAddress, id: string, peerUrl: string): Promise<void>;
}

/** Members with empty disks report that to each other here, at etcd's own address, until etcd listens there. */
export interface Gathering {
  /** Replies with `note` to every question from now on. Throws PreparationError. */
  tell(note: VolumeNote): Promise<void>;
  /** The note of that member; null if it sends none. */
  ask(member: MemberAddress): Promise<VolumeNote | null>;
  /** Stops replying. The address is free when this resolves. */
  close(): Promise<void>;
}

/** The disk of one etcd member. Every method throws PreparationError, and its effect is durable when it returns. */
export interface MemberVolume {
  read(): Disk;
  note(note: VolumeNote): void;
  /** Moves etcd's data to where etcd does not look, and deletes what was set aside before. */
  setAside(): void;
  /** Deletes what a start left that ended before etcd had data. */
  clear(): void;
}

/** The member cannot be prepared, because its disk or its address cannot be used. */
export class PreparationError extends Error {
  override readonly name = "PreparationError";
}
