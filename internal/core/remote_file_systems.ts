/**
 * File systems with another machine or another kernel behind them. Locks, syncs and SQLite's shared memory are unreliable there:
 * https://sqlite.org/wal.html ("does not work over a network filesystem"). Numbers from Linux's include/uapi/linux/magic.h and statfs(2);
 * BeeGFS's, GPFS's and Lustre's from their own sources.
 */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB2"],
  [0xff534d42, "CIFS"],
  [0x65735546, "FUSE"],
  [0x00c36400, "Ceph"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x564c, "NCP"],
  [0x7461636f, "OCFS2"],
  [0x01161970, "GFS2"],
  [0x786f4256, "VirtualBox shared folder"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
]);

/** The name of the remote file system that has `type` as its number in Linux's statfs, or null. */
export function remoteFileSystem(type: number): string | null {
  // The kernel's field is signed on some architectures, so large numbers may arrive as negative ones.
  return REMOTE.get(type >>> 0) ?? null;
}
