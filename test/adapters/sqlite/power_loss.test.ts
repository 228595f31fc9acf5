import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeFolder } from "../../../internal/adapters/disk/folders.ts";
import { openSqlite } from "../../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { needs } from "../../needs.ts";
import { silentLog } from "../../ports/store/store_backends.ts";
import { choices, hashOf, type Image, imageAfter, writeImage } from "../disk/power_loss_states.ts";
import { entriesAfter } from "./commits.ts";
import { type Traced, TracedDisk } from "./traced_disk.ts";

/** Places at which the last write is torn. */
const TEARS = 6;
const PROCESS = resolve(import.meta.dirname, "committing_process.ts");

/** What a process said by a moment. */
interface Said {
  /** The last commit that it began. */
  readonly begun: number;
  /** The last one that it was told had been made, and the revision of that. */
  readonly committed: number;
  readonly revision: number;
}

/**
 * Each call of SQLite to the disk is recorded. For each moment and each state of the disk that a power loss may leave then, the store opens,
 * has every commit that was answered, and none in part; and no revision comes twice, because a revision is what a commit compares.
 */
describe("a SQLite store after a power loss at any moment", () => {
  let folder = "";
  before(function () {
    needs(this, "strace");
  });
  beforeEach(() => {
    // In memory where that is possible: what is synced to a real disk here decides nothing.
    folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "power-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const story = (title: string, ...processes: readonly (readonly [first: number, last: number, end: string])[]) =>
    it(title, async () => {
      const root = join(folder, "root");
      mkdirSync(root);
      const disk = new TracedDisk(root);
      let traced: Traced = { calls: [], lines: [] };
      for (const [first, last, end] of processes) {
        const traces = mkdtempSync(join(folder, "trace-"));
        const args = [PROCESS, join(root, "data", "store.db"), String(first), String(last), end];
        const { calls, lines } = disk.run(args, traces);
        traced = { calls, lines: [...traced.lines, ...lines] };
      }
      await everyState(traced, root, join(folder, "recovered"));
    });

  story("has what it committed since it was created", [1, 3, "killed"]);
  story("has what it committed before and after its log was written into its file", [1, 3, "checkpoint"]);
  story("has what it committed before it was closed and after it was opened again", [1, 2, "close"], [3, 4, "killed"]);
  story("has what was committed by a process that was killed, and by the next", [1, 2, "killed"], [3, 4, "close"]);
});

async function everyState({ calls, lines }: Traced, root: string, recovered: string): Promise<void> {
  const tried = new Set<string>();
  for (let count = 0; count <= calls.length; count++) {
    const said = saidBy(lines.filter((line) => line.calls <= count));
    const done = calls.slice(0, count);
    for (const chosen of choices(done, TEARS)) {
      const image = imageAfter(done, root, chosen);
      const key = `${said.begun} ${said.committed} ${hashOf(image)}`;
      if (tried.has(key)) continue;
      tried.add(key);
      await check(image, recovered, said, `call ${count}: ${chosen}`);
    }
  }
  assert.ok(tried.size > 100, `${tried.size} states`);
}

function saidBy(lines: Traced["lines"]): Said {
  const last = (word: string) => lines.findLast(({ text }) => text.startsWith(word))?.text.split(" ") ?? [];
  const [, committed = "0", revision = "0"] = last("committed");
  return { begun: Number(last("begins")[1] ?? 0), committed: Number(committed), revision: Number(revision) };
}

async function check(image: Image, folder: string, said: Said, what: string): Promise<void> {
  writeImage(image, folder);
  const file = join(folder, "data", "store.db");
  try {
    // The second start finds what the first one left.
    const number = await recover(file, said, null);
    await recover(file, said, number);
  } catch (error) {
    (error as Error).message += ` (${what}; ${JSON.stringify(said)})`;
    throw error;
  }
  rmSync(folder, { recursive: true });
}

/** The last commit that the store has. */
async function recover(file: string, said: Said, before: number | null): Promise<number> {
  const { store, election, close } = await openSqlite({ file, makeFolder, clock: systemClock, logger: silentLog });
  try {
    const { head } = await store.readHead();
    const number = Number.parseInt(Buffer.from(head ?? "0").toString(), 10);
    assert.ok(number >= said.committed && number <= said.begun, `has commit ${number}`);
    assert.equal(number, before ?? number);
    const { entries } = await store.scan({ from: "", to: "~" }, Infinity);
    const found = new Map([...entries].map(([name, value]) => [name, Buffer.from(value).toString()]));
    assert.deepEqual(found, entriesAfter(number));
    const lease = await election.campaign({ nodeId: "anne", address: "10.0.0.1:5000" });
    assert.ok(lease && lease.epoch > said.revision, `revision ${lease?.epoch} comes twice`);
    await lease.resign();
    assert.deepEqual({ ...integrity(file) }, { integrity_check: "ok" });
    return number;
  } finally {
    await close();
  }
}

function integrity(file: string): object {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db.prepare("PRAGMA integrity_check").get() ?? {};
  } finally {
    db.close();
  }
}
