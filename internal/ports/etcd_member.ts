import type { Cluster, ClusterMember, Disk, MemberAddress, VolumeNote } from "../core/etcd_member/member.ts";

/** The members of an etcd cluster, as its members know them. Every method throws StoreError. */
export interface EtcdMembers {
  /** What a quorum says, asked through this member: it fails where there is none. */
  cluster(through: MemberAddress): Promise<Cluster>;
  /** Does nothing if there is no such member. */
  remove(through: MemberAddress, id: string): Promise<void>;
  /** Resolves to all members, the new one among them. */
  add(through: MemberAddress, peerUrl: string): Promise<readonly ClusterMember[]>;
}

/** Where members whose disks are empty tell each other so, until etcd listens there. */
export interface Gathering {
  /** Tells this to whoever asks from now on. Throws PreparationError. */
  tell(note: VolumeNote): Promise<void>;
  /** What that member tells; null if nothing of the kind is heard. */
  ask(member: MemberAddress): Promise<VolumeNote | null>;
  /** The address is free when this resolves. */
  close(): Promise<void>;
}

/** The disk of one etcd member. Every method throws PreparationError; what it has done is durable. */
export interface MemberVolume {
  read(): Disk;
  note(note: VolumeNote): void;
  /** Puts etcd's data where etcd does not look; what was there before is deleted. */
  setAside(): void;
  /** Deletes what a start that did not get as far as data has left. */
  clear(): void;
}

/** The member cannot be prepared here: its disk or its address cannot be used. */
export class PreparationError extends Error {
  override readonly name = "PreparationError";
}
