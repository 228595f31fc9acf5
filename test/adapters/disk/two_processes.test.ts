import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openDataDirectory } from "../../../internal/adapters/disk/data_directory.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";

const PROGRAM = fileURLToPath(new URL("stepping_process.ts", import.meta.url));
const IN_USE = /in use by another process/;

/**
 * Two real processes on one data directory. The first waits at one step while somebody deletes its lock file and the second starts; the
 * second waits at a step of its own until the first has gone on. Never do both have the directory.
 */
describe("two processes that meet in one data directory without its lock file", () => {
  let folder: string;
  let processes: SteppingProcess[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "journal-"));
    processes = [];
  });
  afterEach(async () => {
    await Promise.all(processes.map((process) => process.kill()));
    rmSync(folder, { recursive: true, force: true });
  });

  it("the first replaces a journal that the second has opened", async () => {
    const { first, second } = await meet("rewrite", "the new journal gets its name", "the opened journal is tried");
    assert.equal(first, "done");
    assert.match(second, IN_USE);
    assert.equal(await hitsAfterBothWereKilled(), 1);
  });

  it("the first gives a journal another name after the second has listed it", async () => {
    const { first, second } = await meet("rename", "the new journal gets its name", "the listed journals are opened");
    assert.equal(first, "done");
    assert.match(second, IN_USE);
    assert.equal(await hitsAfterBothWereKilled(), 1);
  });

  it("the first creates a journal after the second found none", async () => {
    const { first, second } = await meet("create", "the new journal gets its name", "the listed journals are opened");
    assert.match(first, /Cannot write to data directory .* another file took the place of .*lock\.sqlite/);
    assert.equal(second, "done");
  });

  it("the first takes over the journal of a dead process, which the second has opened", async () => {
    const dead = start("rewrite", "nothing");
    assert.equal(await dead.line(), "done");
    await dead.kill();
    const { first, second } = await meet("recover", "the new journal gets its name", "the opened journal is tried");
    assert.match(first, /Cannot write to data directory/);
    assert.equal(second, "done");
    assert.equal(await hitsAfterBothWereKilled(), 1);
  });

  it("the first locks a lock file that was deleted, and another one has its name by then", async () => {
    const { first, second } = await meet("open", "the opened lock file is locked", "nothing");
    assert.match(first, /another file took the place of .*lock\.sqlite/);
    assert.equal(second, "done");
  });

  it("the first locks the directory again, because the second one's lock file was deleted, too", async () => {
    const deleted = () => rmSync(join(folder, "data", "lock.sqlite"));
    const { first, second } = await meet(
      ...(["rewrite and lock again", "the new journal gets its name", "the opened journal is tried", deleted] as const),
    );
    assert.equal(first, "done");
    assert.match(second, /another file took the place of .*lock\.sqlite/);
    assert.equal(await hitsAfterBothWereKilled(), 1);
  });

  /** What became of each. `between`: what happens while both wait. */
  async function meet(deed: string, firstWaits: string, secondWaits: string, between = () => {}) {
    const first = start(deed, firstWaits);
    assert.equal(await first.line(), "waits");
    rmSync(join(folder, "data", "lock.sqlite"));
    const second = start("open", secondWaits);
    const early = await second.line();
    between();
    first.goOn();
    const outcome = await first.line();
    second.goOn();
    return { first: outcome, second: early === "waits" ? await second.line() : early };
  }

  function start(deed: string, step: string): SteppingProcess {
    const process = new SteppingProcess(join(folder, "data"), deed, step, join(folder, `go-${processes.length}`));
    processes.push(process);
    return process;
  }

  async function hitsAfterBothWereKilled(): Promise<number> {
    await Promise.all(processes.map((process) => process.kill()));
    const directory = openDataDirectory(
      join(folder, "data"),
      createLog({ format: "text", name: "test", write: () => {} }),
    );
    const logs = directory.recover();
    directory.close();
    return logs.reduce((sum, { segments }) => sum + segments.at(-1)!.to, 0);
  }
});

class SteppingProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #signal: string;

  constructor(path: string, deed: string, step: string, signal: string) {
    this.#signal = signal;
    this.#child = spawn(process.execPath, [PROGRAM, path, deed, step, signal], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#lines = createInterface(this.#child.stdout!)[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    assert.ok(!done, "the process ended");
    return value;
  }

  goOn(): void {
    writeFileSync(this.#signal, "");
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
