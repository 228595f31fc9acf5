import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { requireEtcd } from "../../adapters/etcd/etcd_process.ts";
import { crashAfter, prepareAgain } from "./crashing.ts";
import { type TestMember, TestMembers } from "./etcd_members.ts";

describe("an etcd member's preparation that is killed between two steps", () => {
  let cluster: TestMembers;
  let [a, b, c]: readonly TestMember[] = [];
  before(function () {
    requireEtcd(this);
  });
  beforeEach(async () => {
    cluster = await TestMembers.make(3);
    [a, b, c] = cluster.all;
  });
  afterEach(() => cluster.end());

  it("replaces a lost disk all the same", async () => {
    await cluster.up();
    for (const change of ["note", "clear", "remove", "add"] as const) {
      await c!.loseDisk();
      await crashAfter(c!, change);
      await prepareAgain(c!);
    }
    await c!.up();
    assert.deepEqual([...(await a!.ids()).keys()].sort(), ["a", "b", "c"]);
  });

  it("puts a removed member's data aside all the same", async () => {
    await cluster.up();
    await c!.kill();
    await a!.removeMember((await a!.ids()).get("c")!);
    const kept = `${c!.volume}-kept`;
    cpSync(c!.volume, kept, { recursive: true });
    for (const change of ["note", "setAside", "clear", "add"] as const) {
      rmSync(c!.volume, { recursive: true });
      cpSync(kept, c!.volume, { recursive: true });
      await crashAfter(c!, change);
      await prepareAgain(c!);
    }
    await c!.up();
    assert.deepEqual([...(await a!.ids()).keys()].sort(), ["a", "b", "c"]);
  });

  it("founds one cluster all the same", async () => {
    const others = Promise.all([a!.up(), b!.up()]);
    // The disk as new, what was agreed, and what is deleted before etcd starts.
    for (const change of ["note", "note", "clear"] as const) await crashAfter(c!, change);
    await c!.up();
    await others;
    assert.deepEqual([...(await a!.ids()).keys()].sort(), ["a", "b", "c"]);
  });
});
