import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeFolder } from "../../../internal/adapters/disk/folders.ts";
import { openSqlite } from "../../../internal/adapters/sqlite/open_sqlite.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { mountSmallDisk } from "../../adapters/disk/small_disk.ts";
import { needs } from "../../needs.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { silentLog } from "../../ports/store/store_backends.ts";
import { fails, head, SqliteFile } from "./sqlite_file.ts";

const run = promisify(execFile);

/** A full disk is reported as such, and counting goes on when there is room. */
describe("the SQLite store: a full disk", () => {
  let store: SqliteFile;
  beforeEach(() => {
    store = new SqliteFile();
  });
  afterEach(() => store.end());

  it("reports a full disk, and goes on when there is room", async function () {
    needs(this, "mount");
    const disk = join(store.folder, "disk");
    await run("mkdir", [disk]);
    await run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
    try {
      const opened = await openSqlite({
        file: join(disk, "store.db"),
        makeFolder,
        clock: systemClock,
        logger: silentLog,
      });
      const { headRevision } = await opened.store.overwrite(0, head("1"));
      const large = { puts: new Map([["head", Buffer.alloc(400_000)]]) };
      await assert.rejects(opened.store.overwrite(headRevision, large), fails("full", /make room/));
      assert.equal((await opened.store.readHead()).headRevision, headRevision);
      await run("mount", ["-o", "remount,size=4m", disk]);
      assert.ok((await opened.store.usedShare())! < 0.3, `${await opened.store.usedShare()}`);
      assert.equal((await opened.store.overwrite(headRevision, large)).kind, "committed");
      await run("sh", ["-c", `cat /dev/zero > ${join(disk, "filler")}`]).catch(() => {});
      assert.ok((await opened.store.usedShare())! > 0.8, `${await opened.store.usedShare()}`);
      await opened.close();
    } finally {
      await run("umount", ["-l", disk]);
    }
  });

  it("says once a minute that a node cannot be registered on a full disk, and when it is again", async function () {
    needs(this, "mount");
    const disk = mountSmallDisk(256 * 1024);
    assert.ok(disk);
    const clock = new ManualClock();
    const lines: string[] = [];
    const logger = createLog({ format: "text", name: "test", write: (line) => lines.push(line) });
    const filler = join(disk.path, "filler");
    try {
      const opened = await openSqlite({ file: join(disk.path, "store.db"), makeFolder, clock, logger });
      await run("sh", ["-c", `cat /dev/zero > ${filler}`]).catch(() => {});
      opened.discovery.register({ id: "a", name: "a", region: "eu", peerAddress: "10.0.0.1:1", url: "http://a" });
      await clock.advance(59_000);
      assert.equal(lines.filter((line) => line.includes("cannot register in the store")).length, 1, lines.join(""));
      await clock.advance(5_000);
      assert.equal(lines.filter((line) => line.includes("cannot register in the store")).length, 2, lines.join(""));
      rmSync(filler);
      await clock.advance(2_000);
      assert.match(lines.at(-1) ?? "", /registered in the store again/);
      await opened.close();
    } finally {
      disk.unmount();
    }
  });
});
