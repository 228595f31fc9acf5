import assert from "node:assert/strict";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { requireEtcd } from "../../adapters/etcd/etcd_process.ts";
import { eventually } from "../../eventually.ts";
import { type Prepared, type TestMember, TestMembers } from "./etcd_members.ts";

describe("etcd members that are prepared, with real etcds", () => {
  let cluster: TestMembers;
  let [a, b, c]: readonly TestMember[] = [];
  before(function () {
    requireEtcd(this);
  });
  afterEach(() => cluster.end());

  async function members(count: 1 | 3): Promise<void> {
    cluster = await TestMembers.make(count);
    [a, b, c] = cluster.all;
  }

  describe("three", () => {
    beforeEach(() => members(3).then(() => cluster.up()));

    it("found one cluster, and start on their data when all are killed", async () => {
      const ids = await a!.ids();
      assert.deepEqual([...ids.keys()].sort(), ["a", "b", "c"]);
      await a!.put("k", "v");
      await cluster.kill();
      await cluster.up();
      assert.deepEqual(await a!.ids(), ids);
      for (const member of cluster.all) await has(member, 1);
    });

    it("take one back whose disk was lost, again and again, while writes go on", async () => {
      const writing = new Writing(a!);
      const first = await a!.ids();
      for (let i = 0; i < 2; i++) {
        await c!.loseDisk();
        assert.match((await c!.up()).log, /joining as a new member: the disk is empty, and [ab] has a quorum/);
      }
      const { acknowledged, tried } = await writing.end();
      assert.ok(acknowledged > 5, `${acknowledged} writes were acknowledged`);
      const keys = await eventually(async () => ((await c!.keys()) >= acknowledged ? c!.keys() : 0));
      assert.ok(keys <= tried);
      await has(a!, keys);
      const last = await a!.ids();
      assert.deepEqual([last.size, last.get("a"), last.get("b")], [3, first.get("a"), first.get("b")]);
      assert.notEqual(last.get("c"), first.get("c"));
    });

    it("let an empty one wait until the others have a quorum again", async () => {
      await a!.put("k", "v");
      await b!.kill();
      await c!.loseDisk();
      const up = c!.up();
      await eventually(() => /waiting: .* a does not answer .* b does not answer/.test(c!.log));
      assert.ok(!existsSync(join(c!.volume, "data")));
      await b!.up();
      await up;
      await has(c!, 1);
    });

    it("begin with an empty store when all disks are lost, as another cluster than the one before", async () => {
      const before = await a!.ids();
      await a!.put("k", "v");
      for (const member of cluster.all) await member.loseDisk();
      await cluster.up();
      assert.equal(await a!.keys(), 0);
      assert.notEqual((await a!.ids()).get("a"), before.get("a"));
    });

    it("do not begin anew while one still has its data", async () => {
      await a!.put("k", "v");
      await a!.kill();
      for (const member of [b!, c!]) await member.loseDisk();
      const waiting = [b!.prepare(), c!.prepare()];
      assert.equal((await a!.prepare()).code, 0);
      a!.start();
      await eventually(() => /b has an empty disk, too/.test(c!.log) && /c has an empty disk, too/.test(b!.log));
      await cluster.kill();
      for (const { code } of await Promise.all(waiting)) assert.equal(code, null);
      assert.ok(![b!, c!].some(({ volume }) => existsSync(join(volume, "data"))));
    });

    it("take two back whose disks were lost when the third is made a cluster of its own, and keep what it has", async () => {
      await a!.put("k", "v");
      for (const member of [b!, c!]) await member.loseDisk();
      const up = [b!.up(), c!.up()];
      await eventually(() => [b!, c!].every(({ log }) => /waiting:/.test(log)));
      await a!.kill();
      assert.equal((await a!.prepare()).code, 0);
      a!.start("force-new-cluster: true\n");
      await Promise.all([a!.ready(), ...up]);
      const ids = await a!.ids();
      assert.deepEqual([...ids.keys()].sort(), ["a", "b", "c"]);
      await a!.kill();
      await a!.up();
      assert.deepEqual(await a!.ids(), ids, "it is prepared without that line, and stays one of three");
      for (const member of cluster.all) await has(member, 1);
    });

    it("put the data of a removed member aside, and let it join anew", async () => {
      await c!.kill();
      await a!.removeMember((await a!.ids()).get("c")!);
      await a!.put("k", "v");
      assert.match((await preparedByQuorum(c!)).log, /moving the data aside/);
      c!.start();
      await c!.ready();
      assert.ok(existsSync(join(c!.volume, "removed-data", "member", "wal")));
      await has(c!, 1);
    });

    it("refuse a disk from before the cluster began anew", async () => {
      await cluster.kill();
      const kept = `${c!.volume}-before`;
      renameSync(c!.volume, kept);
      for (const member of cluster.all) if (member !== c) await member.loseDisk();
      await cluster.up();
      await c!.loseDisk();
      renameSync(kept, c!.volume);
      const { code, log } = await preparedByQuorum(c!);
      assert.equal(code, 3);
      assert.match(log, /refusing to start: its data belongs to cluster .* this disk was away/);
    });
  });

  it("refuse data of a cluster of another size, and write no configuration", async () => {
    await members(1);
    await a!.up();
    await a!.put("k", "v");
    await cluster.kill();
    const grown = await TestMembers.make(3);
    try {
      rmSync(grown.all[0]!.volume, { recursive: true });
      renameSync(a!.volume, grown.all[0]!.volume);
      const waiting = grown.all.slice(1).map((member) => member.prepare());
      const { code, log } = await grown.all[0]!.prepare();
      assert.equal(code, 3);
      assert.match(log, /data of a cluster of 1 member, but this cluster has 3/);
      await eventually(() => grown.all.slice(1).every((member) => /waiting/.test(member.log)));
      await grown.kill();
      await Promise.all(waiting);
    } finally {
      await grown.end();
    }
  });

  it("begin alone, start on their data, and begin anew when the only disk is lost", async () => {
    await members(1);
    await a!.up();
    await a!.put("k", "v");
    await a!.kill();
    assert.match((await a!.up()).log, /starting etcd: its data is here/);
    await has(a!, 1);
    await a!.loseDisk();
    assert.match((await a!.up()).log, /founding a new cluster: the disk is empty/);
    assert.equal(await a!.keys(), 0);
  });
});

/** Until one was asked that knows of a quorum: none does that answers too late, or while a leader is elected, and the data may start then. */
function preparedByQuorum(member: TestMember): Promise<Prepared> {
  return eventually(async () => {
    const prepared = await member.prepare();
    return prepared.log.includes("no quorum contradicts it") ? null : prepared;
  });
}

/** Until it has as many keys: a member may still apply what it has. */
async function has(member: TestMember, keys: number): Promise<void> {
  await eventually(async () => (await member.keys()) === keys);
}

/** Writes one key after another through `member` until it is ended. */
class Writing {
  readonly #done: Promise<void>;
  #acknowledged = 0;
  #tried = 0;
  #ended = false;

  constructor(member: TestMember) {
    this.#done = this.#write(member);
  }

  async end(): Promise<{ readonly acknowledged: number; readonly tried: number }> {
    this.#ended = true;
    await this.#done;
    return { acknowledged: this.#acknowledged, tried: this.#tried };
  }

  async #write(member: TestMember): Promise<void> {
    while (!this.#ended) {
      await member.put(`key-${this.#tried++}`, "v").then(
        () => this.#acknowledged++,
        () => {},
      );
      await delay(20);
    }
  }
}
