import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { eventually } from "../../eventually.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import { ANNE, fails, head, SqliteFile } from "./sqlite_file.ts";

const run = promisify(execFile);

/** Processes that write at the same time lose nothing, and one that stops inside its transaction blocks nothing but commits. */
describe("the SQLite store: several writers", () => {
  const writers: ChildProcess[] = [];
  let store: SqliteFile;
  beforeEach(() => {
    store = new SqliteFile();
  });
  afterEach(async () => {
    for (const writer of writers.splice(0)) writer.kill("SIGKILL");
    await store.end();
  });

  async function stopWriter(): Promise<ChildProcess> {
    const writer = await stoppedWriter(store.file);
    writers.push(writer);
    return writer;
  }

  it("report a lock while one of them is stopped inside a transaction, without blocking their event loop or reads", async () => {
    const a = await store.open();
    const lease = await a.election.campaign(ANNE);
    assert.ok(lease);
    const writer = await stopWriter();
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await assert.rejects(a.store.commit(lease, 0, head("1")), fails("locked"));
    clearInterval(timer);
    assert.ok(turns >= 15, `the event loop turned only ${turns} times in a second`);
    await assert.rejects(lease.renew(), fails("locked"));
    assert.equal((await a.store.readHead()).headRevision, 0);
    writer.kill("SIGKILL");
    await eventually(() => a.store.commit(lease, 0, head("1")).catch(() => null));
  });

  it("open the store meanwhile", async () => {
    await (await store.open()).store.overwrite(0, head("1"));
    await stopWriter();
    assert.equal((await everythingIn((await store.open()).store)).entries.size, 1);
  });

  it("lose no transaction, as three processes that write at the same time", async () => {
    const source = `
      import { openSqlite } from ${JSON.stringify(import.meta.resolve("../../../internal/adapters/sqlite/open_sqlite.ts"))};
      import { makeFolder } from ${JSON.stringify(import.meta.resolve("../../../internal/adapters/disk/folders.ts"))};
      import { systemClock } from ${JSON.stringify(import.meta.resolve("../../../internal/adapters/system/system_clock.ts"))};
      const { store, close } = await openSqlite({ file: ${JSON.stringify(store.file)}, makeFolder, clock: systemClock, logger: null });
      for (let done = 0; done < 200; ) {
        const { head, headRevision } = await store.readHead();
        const next = Number(Buffer.from(head ?? []).toString()) + 1;
        // Where the others get the lock for a second in a row, as on a busy machine, the write is tried again.
        const refused = (error) => { if (error.kind !== "locked") throw error; return error; };
        const outcome = await store.overwrite(headRevision, { puts: new Map([["head", Buffer.from(String(next))]]) }).catch(refused);
        if (outcome.kind === "committed") done++;
      }
      await close();
    `;
    const args = ["--input-type=module", "--eval", source];
    await Promise.all([run(process.execPath, args), run(process.execPath, args), run(process.execPath, args)]);
    const { head } = await (await store.open()).store.readHead();
    assert.equal(Buffer.from(head ?? []).toString(), "600");
  });
});

/** A process that holds the write lock, and is stopped while it does. */
async function stoppedWriter(file: string): Promise<ChildProcess> {
  const source = `
    const db = new (await import("node:sqlite")).DatabaseSync(${JSON.stringify(file)});
    db.exec("BEGIN IMMEDIATE");
    console.log("held");
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGSTOP");
  return child;
}
