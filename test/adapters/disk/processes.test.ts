import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openDataDirectory } from "../../../internal/adapters/disk/data_directory.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import { SOURCE } from "./temporary_directory.ts";

const CHILD = fileURLToPath(new URL("appending_process.ts", import.meta.url));
const SILENT = createLog({ format: "text", name: "test", write: () => {} });

describe("a data directory and processes", () => {
  let folder: string;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "journal-"));
  });
  afterEach(async () => {
    await kill(child);
    rmSync(folder, { recursive: true, force: true });
  });

  it("belongs to one process at a time, and to nobody when that one was killed", async () => {
    const path = join(folder, "data");
    child = append(folder, path);
    await acknowledged(folder, 1);
    assert.throws(() => openDataDirectory(path, SILENT), {
      name: "JournalError",
      message: /in use by another process/,
    });
    await kill(child);
    openDataDirectory(path, SILENT).close();
  });

  for (const [what, kept] of [
    ["its lock file", ["journals", "ledger.json"]],
    ["everything but its journals", ["journals"]],
  ] as const) {
    it(`belongs to the living one when somebody deleted ${what}, and loses none of its hits`, async () => {
      const path = join(folder, "data");
      const file = join(path, "journals", `${SOURCE}.journal`);
      child = append(folder, path);
      // Before the first rewrite, and after two.
      for (const hits of [120, 1_050]) {
        await acknowledged(folder, hits);
        for (const name of readdirSync(path))
          if (!(kept as readonly string[]).includes(name)) rmSync(join(path, name), { recursive: true });
        for (let attempt = 0; attempt < 3; attempt++) {
          assert.throws(() => openDataDirectory(path, SILENT), {
            name: "JournalError",
            message: /in use by another process\. Do not delete this file/,
          });
          assert.ok(existsSync(file));
        }
      }
      child.kill("SIGSTOP");
      rmSync(join(path, "lock.sqlite"));
      assert.throws(() => openDataDirectory(path, SILENT), { message: /in use by another process/ });
      child.kill("SIGCONT");
      await acknowledged(folder, lastAcknowledged(folder) + 600);
      await kill(child);
      assertHasAll(path, lastAcknowledged(folder));
    });
  }

  it("belongs to one that recovered it, too", async () => {
    const path = join(folder, "data");
    child = append(folder, path);
    await acknowledged(folder, 10);
    await kill(child);
    const first = openDataDirectory(path, SILENT);
    assert.equal(first.recover().length, 1);
    rmSync(join(path, "lock.sqlite"));
    assert.throws(() => openDataDirectory(path, SILENT), { message: /in use by another process/ });
    first.close();
    assertHasAll(path, lastAcknowledged(folder));
  });

  it("has every acknowledged hit of a process that was killed", async () => {
    for (let life = 0; life < 8; life++) {
      const path = join(folder, `data-${life}`);
      child = append(folder, path);
      // Different points of the append, seal and rewrite cycle.
      await acknowledged(folder, 300 + life * 211);
      await kill(child);
      assertHasAll(path, lastAcknowledged(folder));
    }
  });
});

function assertHasAll(path: string, said: number): void {
  const directory = openDataDirectory(path, SILENT);
  const found = directory.recover()[0]!.segments.at(-1)!.to;
  directory.close();
  assert.ok(found === said || found === said + 1, `${found} found, ${said} acknowledged`);
}

/** Standard output is a file because a pipe could be full. */
function append(folder: string, path: string): ChildProcess {
  const output = openSync(join(folder, "said"), "w");
  const child = spawn(process.execPath, [CHILD, path, SOURCE], { stdio: ["ignore", output, "inherit"] });
  closeSync(output);
  return child;
}

function lastAcknowledged(folder: string): number {
  const whole = readFileSync(join(folder, "said"), "utf8").split("\n").slice(0, -1);
  return Number(whole.at(-1) ?? 0);
}

async function acknowledged(folder: string, hits: number): Promise<void> {
  for (const deadline = Date.now() + 60_000; lastAcknowledged(folder) < hits; await pause(5)) {
    assert.ok(Date.now() < deadline, `no ${hits} hits in time`);
  }
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
