import * as disk from "./faults/disk_faults.ts";
import { anyUp, type Fault } from "./faults/fault.ts";
import * as network from "./faults/network_faults.ts";
import * as process from "./faults/process_faults.ts";
import * as store from "./faults/store_faults.ts";
import * as version from "./faults/version_faults.ts";

/** Everything that can happen to a cluster. Each says by itself whether it changed anything. */
export const FAULTS: readonly Fault[] = [
  { name: "a node is killed and restarts", happen: (cluster) => process.killAndRestart(cluster, anyUp(cluster)) },
  { name: "the leader is killed and restarts", happen: (cluster) => process.killAndRestart(cluster, cluster.leader()) },
  { name: "all nodes are killed at once", happen: process.killAll },
  { name: "a node loses power", happen: (cluster) => process.losePower(cluster, anyUp(cluster)) },
  { name: "the leader is paused and wakes", happen: (cluster) => process.pause(cluster, cluster.leader()) },
  { name: "a node is paused and wakes", happen: (cluster) => process.pause(cluster, anyUp(cluster)) },
  { name: "a wall clock jumps", happen: process.jumpClock },
  { name: "a node joins", happen: process.join },
  { name: "a node leaves", happen: (cluster) => process.leave(cluster, anyUp(cluster)) },
  { name: "the leader leaves", happen: (cluster) => process.leave(cluster, cluster.leader()) },
  { name: "a node leaves while the store is away", happen: process.leaveWhileAway },
  { name: "scaled to zero and back", happen: process.scaleToZero },
  { name: "a journal write is short", happen: disk.shortWrite },
  { name: "a disk is full for a while", happen: disk.diskFull },
  { name: "a disk's sync fails, and then succeeds", happen: disk.syncFails },
  { name: "bits of a journal change", happen: disk.rot },
  { name: "data directories are deleted under running nodes", happen: disk.deleteDirectories },
  { name: "a disk is copied, and a node starts on the copy", happen: disk.copyDisk },
  { name: "an older copy of a disk is brought back", happen: disk.restoreDisk },
  { name: "a node drains, and its disk is gone", happen: disk.loseDisk },
  { name: "a link is cut", happen: network.cutLink },
  { name: "links are cut in one direction", happen: network.cutOneWay },
  { name: "the leader is cut off", happen: network.cutLeader },
  { name: "streams are half open", happen: network.halfOpen },
  { name: "messages are late, twice and out of order", happen: network.badNetwork },
  { name: "requests between nodes are lost", happen: network.loseRequests },
  { name: "somebody claims to lead", happen: network.claimToLead },
  { name: "a node's connections to the leader are refused", happen: network.refuseLeader },
  { name: "a node cannot reach the store", happen: store.cutFromStore },
  { name: "the store is away", happen: store.storeAway },
  { name: "the store's answers are lost", happen: (cluster) => store.storeMisbehaves(cluster, { loseAnswers: 0.3 }) },
  {
    name: "requests to the store are lost",
    happen: (cluster) => store.storeMisbehaves(cluster, { loseRequests: 0.3 }),
  },
  { name: "calls reach the store late", happen: (cluster) => store.storeMisbehaves(cluster, { delayCalls: 0.3 }) },
  { name: "the store is full", happen: store.storeFull },
  { name: "the store is full, and applies what it refuses", happen: store.storeFullApplies },
  { name: "a node is connected to a learner", happen: store.connectToLearner },
  { name: "the store loses the leader's lease", happen: store.loseLease },
  { name: "the store is wiped and adopted", happen: store.wipe },
  { name: "the store is restored from a backup and adopted", happen: (cluster) => store.restore(cluster) },
  { name: "the store is restored with its leader key and lease", happen: (cluster) => store.restore(cluster, true) },
  { name: "all nodes are killed and the store is restored from a backup", happen: store.restoreUnderDeadNodes },
  { name: "an empty store is adopted, and the former one is brought back", happen: store.bringBack },
  { name: "a node is cut off while the store is restored and forgets", happen: store.forgetWhileCutOff },
  { name: "an entry of the store is spoilt for a while", happen: store.spoilEntry },
  { name: "a node runs release 0.1.0 for a while", happen: version.runOlderRelease },
  { name: "the ledger is of a newer format for a while", happen: version.ledgerOfNewerFormat },
];
