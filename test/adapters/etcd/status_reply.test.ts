import assert from "node:assert/strict";
import { usedShareIn } from "../../../internal/adapters/etcd/status_reply.ts";
import { SeededRandom } from "../../simulation/seeded_random.ts";

/** Fields of a StatusResponse of etcd 3.6.16: header, version, dbSize, leader, dbSizeInUse, storageVersion, dbSizeQuota, downgradeInfo. */
const HEADER = [0x0a, 0x02, 0x08, 0x01];
const VERSION = [0x12, 0x03, 0x33, 0x2e, 0x36];
const DB_SIZE = [0x18, 0x80, 0x80, 0xc0, 0x40];
const LEADER = [0x20, ...Array(9).fill(0xff), 0x01];
const DB_SIZE_QUOTA = [0x60, 0x80, 0x80, 0x80, 0x80, 0x01];
const DOWNGRADE = [0x6a, 0x00];

/** How full etcd is, from its status. */
describe("etcd's status", () => {
  it("has the size of its database and its quota", () => {
    const response = [...HEADER, ...VERSION, ...DB_SIZE, ...LEADER, ...DB_SIZE_QUOTA, ...DOWNGRADE];
    assert.equal(usedShareIn(Buffer.from(response)), 0x8100000 / 0x10000000);
  });

  it("of etcd before 3.6 has no quota: nobody can tell how full it is", () => {
    assert.equal(usedShareIn(Buffer.from([...HEADER, ...VERSION, ...DB_SIZE])), null);
    assert.equal(usedShareIn(Buffer.alloc(0)), null);
  });

  it("that is damaged is read to its end, and never further", () => {
    const random = new SeededRandom(1);
    for (let times = 0; times < 2_000; times++) {
      const bytes = Buffer.from([...HEADER, ...VERSION, ...DB_SIZE, ...LEADER, ...DB_SIZE_QUOTA, ...DOWNGRADE]);
      for (let i = 0; i < 3; i++) bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
      const share = usedShareIn(bytes.subarray(0, random.between(0, bytes.length)));
      assert.ok(share === null || share >= 0);
    }
  });
});
