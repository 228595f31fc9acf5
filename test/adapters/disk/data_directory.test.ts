import assert from "node:assert/strict";
import fs, { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataDirectory } from "../../../internal/adapters/disk/data_directory.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import { needs } from "../../needs.ts";
import { withBrokenDisk } from "./broken_disk.ts";
import { makeReadOnly, withSmallDisk } from "./small_disk.ts";
import { counts, OTHER, SIGHTING, SOURCE, withDirectory } from "./temporary_directory.ts";

const SILENT = createLog({ format: "text", name: "test", write: () => {} });

describe("a data directory", () => {
  it("is made with the directories above it", () => {
    const above = mkdtempSync(join(tmpdir(), "journal-"));
    withDirectory((directory) => directory.data.create(SOURCE, "eu"), join(above, "a", "b"));
    rmSync(above, { recursive: true });
  });

  it("is refused while it is open, in this process too", () => {
    withDirectory((directory) => {
      assert.throws(() => openDataDirectory(directory.path, SILENT), {
        name: "JournalError",
        message: /in use by another process/,
      });
      directory.data.create(SOURCE, "eu").append(counts({ visits: 1 }));
    });
  });

  it("is refused when it cannot be written", function () {
    const message = /Cannot use data directory|Cannot lock/;
    const refuse = (path: string): void =>
      assert.throws(() => openDataDirectory(path, SILENT), { name: "JournalError", message });
    if (process.getuid?.() !== 0) return withReadOnlyDirectory(refuse);
    // Permissions do not stop root; a read-only file system does.
    needs(this, "mount");
    withSmallDisk(64 * 1024, (path) => {
      openDataDirectory(path, SILENT).close();
      makeReadOnly(path);
      refuse(path);
      refuse(join(path, "deeper"));
    });
  });

  it("is refused when it is a file", () => {
    const path = join(mkdtempSync(join(tmpdir(), "journal-")), "file");
    writeFileSync(path, "");
    assert.throws(() => openDataDirectory(path, SILENT), {
      name: "JournalError",
      message: /Cannot use data directory/,
    });
    rmSync(join(path, ".."), { recursive: true });
  });

  it("is refused on a network file system, where a lock may not hold", function () {
    if (process.platform !== "linux") this.skip();
    for (const [type, name] of [
      [0x6969, "NFS"],
      [0x01021997, "9P"],
    ] as const) {
      const path = mkdtempSync(join(tmpdir(), "journal-"));
      withFileSystem(type, () =>
        assert.throws(() => openDataDirectory(path, SILENT), {
          name: "JournalError",
          message: new RegExp(`is on a network file system \\(${name}\\)`),
        }),
      );
      assert.deepEqual(readdirSync(path), ["journals"]);
      openDataDirectory(path, SILENT).close();
      rmSync(path, { recursive: true });
    }
  });

  it("starts one journal for a source", () => {
    withDirectory((directory) => {
      directory.data.create(SOURCE, "eu").append(counts({ visits: 1 }));
      assert.throws(() => directory.data.create(SOURCE, "eu"), { name: "JournalError", message: /already exists/ });
      directory.data.create(OTHER, "eu");
    });
  });

  it("clears up what a crash left unfinished, and leaves strange files alone", () => {
    withDirectory((directory) => {
      writeFileSync(`${directory.journalPath(SOURCE)}.new`, "half");
      writeFileSync(join(directory.path, "journals", "README"), "mine");
      assert.deepEqual(directory.data.recover(), []);
      assert.deepEqual(directory.files(), ["README"]);
    });
  });
});

describe("the ledger that a data directory knows", () => {
  it("is none at first, and later the last one noted", () => {
    withDirectory((directory) => {
      assert.equal(directory.data.knownLedger(), null);
      for (const version of [7, 8, 100_000, 9]) {
        directory.data.recordKnownLedger({ ...SIGHTING, version });
        assert.deepEqual(directory.reopen().knownLedger(), { ...SIGHTING, version });
      }
      directory.data.recordKnownLedger({ id: "another", version: 1, writer: "" });
      directory.data.recordKnownLedger({ id: "another", version: 2, writer: "" });
      assert.deepEqual(directory.reopen().knownLedger(), { id: "another", version: 2, writer: "" });
    });
  });

  it("stays the old one when the new one cannot be written", () => {
    withDirectory((directory) => {
      directory.data.recordKnownLedger(SIGHTING);
      for (const ledger of [
        { id: "another", version: 1, writer: "" },
        { ...SIGHTING, version: 8 },
      ]) {
        const fails = (operation: string): boolean => operation === "writeSync";
        withBrokenDisk(fails, () =>
          assert.throws(() => directory.data.recordKnownLedger(ledger), { name: "JournalError" }),
        );
        assert.deepEqual(directory.data.knownLedger(), SIGHTING);
        assert.deepEqual(directory.reopen().knownLedger(), SIGHTING);
      }
    });
  });

  it("is not guessed when its file is damaged", () => {
    withDirectory((directory) => {
      directory.data.recordKnownLedger(SIGHTING);
      const file = join(directory.path, "ledger.json");
      for (const damage of ["", "{}", '{"id":"x","version":-1}', readFileSync(file, "utf8").slice(0, 12)]) {
        writeFileSync(file, damage);
        assert.throws(() => directory.reopen(), { name: "JournalError", message: /does not say which ledger/ });
      }
      rmSync(file);
      assert.equal(directory.reopen().knownLedger(), null);
    });
  });
});

/** No network file system can be mounted here: the kernel's answer is a stand-in. */
function withFileSystem(type: number, body: () => void): void {
  const { statfsSync } = fs;
  Object.assign(fs, { statfsSync: (path: string) => ({ ...statfsSync(path), type }) });
  syncBuiltinESMExports();
  try {
    body();
  } finally {
    Object.assign(fs, { statfsSync });
    syncBuiltinESMExports();
  }
}

function withReadOnlyDirectory(refuse: (path: string) => void): void {
  const path = mkdtempSync(join(tmpdir(), "journal-"));
  mkdirSync(join(path, "closed"), { mode: 0o555 });
  refuse(join(path, "closed"));
  refuse(join(path, "closed", "deeper"));
  chmodSync(join(path, "closed"), 0o755);
  rmSync(path, { recursive: true });
}
