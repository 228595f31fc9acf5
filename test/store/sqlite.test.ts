import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { makeFolder } from "../../internal/adapters/disk/folders.ts";
import { remoteFileSystem } from "../../internal/adapters/sqlite/file_system.ts";
import { openSqlite } from "../../internal/adapters/sqlite/open_sqlite.ts";
import { createLog } from "../../internal/adapters/system/logger.ts";
import { systemClock } from "../../internal/adapters/system/system_clock.ts";
import type { Clock } from "../../internal/ports/clock.ts";
import { StoreError, type StoreErrorKind } from "../../internal/ports/store.ts";
import { eventually } from "../eventually.ts";
import { mountSmallDisk } from "../journal/small_disk.ts";
import { ManualClock } from "./manual_clock.ts";
import { type OpenStore, silentLog } from "./store_backends.ts";

const run = promisify(execFile);
const ANNE = { nodeId: "anne", address: "10.0.0.1:5000" };
const BERT = { nodeId: "bert", address: "10.0.0.2:5000" };
const head = (text: string) => new Map([["head", Buffer.from(text)]]);
const fails =
  (kind: StoreErrorKind, words = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, words);
    return true;
  };

describe("the SQLite store", function () {
  this.timeout(20_000);
  let folder: string;
  let file: string;
  const opened: OpenStore[] = [];
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sqlite-"));
    file = join(folder, "data", "store.db");
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const store of opened.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });

  async function open(clock: Clock = systemClock, path = file): Promise<OpenStore> {
    const store = await openSqlite({ file: path, makeFolder, clock, logger: silentLog });
    opened.push(store);
    return store;
  }

  /** A process that holds the write lock, and is stopped while it does. */
  async function stoppedWriter(): Promise<ChildProcess> {
    const source = `
      const db = new (await import("node:sqlite")).DatabaseSync(${JSON.stringify(file)});
      db.exec("BEGIN IMMEDIATE");
      console.log("held");
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    children.push(child);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill("SIGSTOP");
    return child;
  }

  describe("a leader lease", () => {
    it("is taken over one TTL after its last renewal, not two, by whoever has been watching", async () => {
      const clock = new ManualClock();
      const [a, b] = [await open(clock), await open(clock)];
      const lease = await a.election.campaign(ANNE);
      assert.ok(lease);
      await clock.advance(10_000 / 4);
      assert.equal(await lease.renew(), true);
      await a.close();
      await clock.advance(2_900);
      assert.equal(await b.election.campaign(BERT), null);
      await clock.advance(400);
      assert.ok(await b.election.campaign(BERT));
    });

    it("is not touched by steps of the wall clock", async () => {
      const clock = new ManualClock();
      const [a, b] = [await open(clock), await open(clock)];
      const lease = await a.election.campaign(ANNE);
      assert.ok(lease);
      for (const step of [3_600_000, -7_200_000, 365 * 86_400_000]) {
        await clock.advance(500);
        clock.stepWall(step);
        await clock.advance(500);
        assert.equal(await b.election.campaign(BERT), null, `after a step of ${step} ms`);
        assert.equal(await lease.renew(), true, `after a step of ${step} ms`);
      }
    });

    it("is kept for a process that woke from a long stop, when its holder went on renewing", async () => {
      const [awake, asleep] = [new ManualClock(), new ManualClock()];
      const [a, b] = [await open(awake), await open(asleep)];
      const lease = await a.election.campaign(ANNE);
      await asleep.advance(1_000);
      for (let i = 0; i < 10; i++) {
        await awake.advance(1_000);
        assert.equal(await lease?.renew(), true);
      }
      const frozen = b.election.campaign(BERT);
      await asleep.advance(10_000);
      assert.equal(await frozen, null);
    });

    it("forgets a node that died, and its row in the end", async () => {
      const clock = new ManualClock();
      const [a, b] = [await open(clock), await open(clock)];
      const member = (id: string) => ({ id, name: id, region: "eu", peerAddress: "h:1", url: "http://h:2" });
      a.discovery.register(member("a"));
      b.discovery.register(member("b"));
      await clock.advance(5_000);
      assert.equal((await b.discovery.members()).length, 2);
      await a.close();
      await clock.advance(11_000);
      assert.deepEqual(
        (await b.discovery.members()).map(({ id }) => id),
        ["b"],
      );
      await clock.advance(30_000);
      const look = new DatabaseSync(file, { readOnly: true });
      assert.deepEqual(
        look
          .prepare("SELECT id FROM nodes")
          .all()
          .map(({ id }) => id),
        ["b"],
      );
      look.close();
    });
  });

  describe("a process that is stopped inside a transaction", () => {
    it("makes the others report a lock, without blocking their event loop or their reads", async () => {
      const a = await open();
      const lease = await a.election.campaign(ANNE);
      assert.ok(lease);
      const writer = await stoppedWriter();
      let turns = 0;
      const timer = setInterval(() => turns++, 5);
      await assert.rejects(a.store.commit(lease.epoch, 0, head("1")), fails("locked"));
      clearInterval(timer);
      assert.ok(turns >= 15, `the event loop turned only ${turns} times in a second`);
      await assert.rejects(lease.renew(), fails("locked"));
      assert.equal((await a.store.read()).headRevision, 0);
      writer.kill("SIGKILL");
      await eventually(() => a.store.commit(lease.epoch, 0, head("1")).catch(() => null), 5_000);
    });

    it("does not keep others from opening the store", async () => {
      await (await open()).store.overwrite(0, head("1"));
      await stoppedWriter();
      assert.equal((await (await open()).store.read()).entries.size, 1);
    });
  });

  describe("a file that is deleted under its users", () => {
    for (const [what, remove] of [
      ["alone", () => rmSync(file)],
      ["with its folder", () => rmSync(join(folder, "data"), { recursive: true })],
      [
        "and replaced by an older copy",
        () => {
          rmSync(file);
          copyFileSync(join(folder, "backup.db"), file);
        },
      ],
    ] as const) {
      it(`${what}, is reported once to each, and all meet in the one that takes its place`, async () => {
        const backup = await open(systemClock, join(folder, "backup.db"));
        await backup.close();
        const [a, b] = [await open(), await open()];
        const lease = await a.election.campaign(ANNE);
        assert.ok(lease);
        const { headRevision } = await a.store.commit(lease.epoch, 0, head("old"));
        remove();
        await assert.rejects(
          a.store.commit(lease.epoch, headRevision, head("x")),
          fails("replaced", /deleted or replaced/),
        );
        assert.equal((await a.store.read()).headRevision, 0);
        assert.equal((await a.store.overwrite(0, head("new"))).kind, "committed");
        await assert.rejects(b.store.read(), fails("replaced"));
        assert.equal(Buffer.from((await b.store.read()).entries.get("head") ?? []).toString(), "new");
        await assert.rejects(lease.renew(), fails("replaced"));
        assert.equal(await lease.renew(), false);
        await a.close();
        assert.equal((await b.store.read()).entries.size, 1);
        const check = new DatabaseSync(file);
        assert.deepEqual(
          check.prepare("PRAGMA integrity_check").get(),
          Object.assign(Object.create(null), { integrity_check: "ok" }),
        );
        check.close();
      });
    }

    it("never makes an old leader's epoch mean somebody else", async () => {
      const a = await open();
      const old = await a.election.campaign(ANNE);
      assert.ok(old);
      rmSync(join(folder, "data"), { recursive: true });
      const b = await open();
      const taken = await b.election.campaign(BERT);
      assert.ok(taken && taken.epoch > old.epoch, `${taken?.epoch} after ${old.epoch}`);
    });
  });

  it("loses no transaction of two processes that write at the same time", async () => {
    const source = `
      import { openSqlite } from ${JSON.stringify(import.meta.resolve("../../internal/adapters/sqlite/open_sqlite.ts"))};
      import { makeFolder } from ${JSON.stringify(import.meta.resolve("../../internal/adapters/disk/folders.ts"))};
      import { systemClock } from ${JSON.stringify(import.meta.resolve("../../internal/adapters/system/system_clock.ts"))};
      const { store, close } = await openSqlite({ file: ${JSON.stringify(file)}, makeFolder, clock: systemClock, log: null });
      for (let done = 0; done < 200; ) {
        const { entries, headRevision } = await store.read();
        const next = Number(Buffer.from(entries.get("head") ?? []).toString()) + 1;
        const outcome = await store.overwrite(headRevision, new Map([["head", Buffer.from(String(next))]]));
        if (outcome.kind === "committed") done++;
      }
      await close();
    `;
    const args = ["--input-type=module", "--eval", source];
    await Promise.all([run(process.execPath, args), run(process.execPath, args), run(process.execPath, args)]);
    const { entries } = await (await open()).store.read();
    assert.equal(Buffer.from(entries.get("head") ?? []).toString(), "600");
  });

  it("reports a full disk, and goes on when there is room", async function () {
    const disk = join(folder, "disk");
    await run("mkdir", [disk]);
    const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]).catch(() => null);
    if (!mounted) {
      console.log("      skipped: mounting a small file system needs root");
      this.skip();
    }
    try {
      const store = await openSqlite({
        file: join(disk, "store.db"),
        makeFolder,
        clock: systemClock,
        logger: silentLog,
      });
      const { headRevision } = await store.store.overwrite(0, head("1"));
      const large = new Map([["head", Buffer.alloc(400_000)]]);
      await assert.rejects(store.store.overwrite(headRevision, large), fails("full", /make room/));
      assert.equal((await store.store.read()).headRevision, headRevision);
      await run("mount", ["-o", "remount,size=4m", disk]);
      assert.equal((await store.store.overwrite(headRevision, large)).kind, "committed");
      await store.close();
    } finally {
      await run("umount", ["-l", disk]);
    }
  });

  it("says once a minute that a node cannot be registered on a full disk, and when it is again", async function () {
    const disk = mountSmallDisk(256 * 1024);
    if (!disk) return this.skip();
    const clock = new ManualClock();
    const lines: string[] = [];
    const logger = createLog({ format: "text", name: "test", write: (line) => lines.push(line) });
    const filler = join(disk.path, "filler");
    try {
      const store = await openSqlite({ file: join(disk.path, "store.db"), makeFolder, clock, logger });
      await run("sh", ["-c", `cat /dev/zero > ${filler}`]).catch(() => {});
      store.discovery.register({ id: "a", name: "a", region: "eu", peerAddress: "10.0.0.1:1", url: "http://a" });
      await clock.advance(59_000);
      assert.equal(lines.filter((line) => line.includes("cannot register in the store")).length, 1, lines.join(""));
      await clock.advance(5_000);
      assert.equal(lines.filter((line) => line.includes("cannot register in the store")).length, 2, lines.join(""));
      rmSync(filler);
      await clock.advance(2_000);
      assert.match(lines.at(-1) ?? "", /registered in the store again/);
      await store.close();
    } finally {
      disk.unmount();
    }
  });

  it("refuses a file of a newer release, of another program, and one that is no database", async () => {
    await (await open()).close();
    const db = new DatabaseSync(file);
    db.exec("PRAGMA user_version = 2");
    db.close();
    await assert.rejects(open(), fails("denied", /format 2, this release reads 1/));
    const other = join(folder, "other.db");
    const foreign = new DatabaseSync(other);
    foreign.exec("CREATE TABLE t (a)");
    foreign.close();
    await assert.rejects(open(systemClock, other), fails("denied", /another program/));
    assert.equal(existsSync(`${other}-wal`), false);
    const garbage = join(folder, "garbage.db");
    writeFileSync(garbage, "visits: 12\n".repeat(1_000));
    await assert.rejects(open(systemClock, garbage), fails("denied", /not a database/));
  });

  it("knows network file systems by their numbers", () => {
    assert.equal(remoteFileSystem(0x6969), "NFS");
    assert.equal(remoteFileSystem(0xff534d42 | 0), "CIFS");
    assert.equal(remoteFileSystem(0x65735546), "FUSE");
    for (const local of [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630])
      assert.equal(remoteFileSystem(local), null);
  });
});
