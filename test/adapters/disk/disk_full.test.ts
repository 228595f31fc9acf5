import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Journal, JournalError } from "../../../internal/ports/journal.ts";
import { needs } from "../../needs.ts";
import { withSmallDisk } from "./small_disk.ts";
import { counts, SOURCE, withDirectory } from "./temporary_directory.ts";

const CHILD = fileURLToPath(new URL("appending_process.ts", import.meta.url));
const LONG = counts({ [`a${"b".repeat(120)}c`]: 1 });

describe("a full disk", () => {
  it("refuses hits that are then not in the log, and takes them again when there is room", function () {
    needs(this, "mount");
    withSmallDisk(256 * 1024, (disk) => {
      const path = join(disk, "data");
      const filler = join(disk, "filler");
      mkdirSync(path);
      writeFileSync(filler, Buffer.alloc(64 * 1024));
      withDirectory((directory) => {
        const journal = directory.data.create(SOURCE, "eu");
        const before = appendUntilRefused(journal);
        assert.throws(() => journal.append(LONG), { name: "JournalError", intact: true });
        assert.equal(directory.reopen().recover()[0]!.segments[0]!.to, before);
        directory.reopen();
        const found = directory.data.recover()[0]!.journal;
        rmSync(filler);
        const after = appendUntilRefused(found);
        assert.ok(after > 0);
        assert.equal(directory.reopen().recover()[0]!.segments[0]!.to, before + after);
      }, path);
    });
  });

  it("keeps the old file when there is no room for a rewrite", function () {
    needs(this, "mount");
    withSmallDisk(256 * 1024, (disk) => {
      withDirectory(
        (directory) => {
          const journal = directory.data.create(SOURCE, "eu");
          const before = appendUntilRefused(journal);
          const segments = [{ from: 0, to: before, counts: counts({ visits: before }) }];
          const state = {
            source: SOURCE,
            formerly: [],
            region: "eu",
            base: 0,
            firstOffer: null,
            shown: 0,
            segments,
            open: false,
          };
          assert.throws(() => journal.rewrite(state), { name: "JournalError", intact: true });
          assert.deepEqual(directory.files(), [`${SOURCE}.journal`]);
          assert.equal(directory.reopen().recover()[0]!.segments[0]!.to, before);
        },
        join(disk, "data"),
      );
    });
  });

  it("that takes part of a record has none of it (the limit on file size)", () => {
    withDirectory((directory) => {
      directory.data.close();
      // Blocks of 512 bytes (or 1,024): reached before the first rewrite, and no multiple of a record, so that the last write is a short one.
      const command = `ulimit -f 20; exec "${process.execPath}" "${CHILD}" "${directory.path}" ${SOURCE}`;
      const { stdout, stderr, status } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
      assert.equal(status, 0, stderr);
      const said = stdout.trim().split("\n");
      assert.deepEqual(said.slice(-3), ["refused true", "refused true", "refused true"]);
      assert.equal(String(directory.reopen().recover()[0]!.segments.at(-1)!.to), said.at(-4));
      assert.deepEqual(
        directory.lines.filter((line) => line.includes("WARNING")),
        [],
      );
    });
  });
});

/** How many hits it took. */
function appendUntilRefused(journal: Journal): number {
  for (let taken = 0; ; taken++) {
    try {
      journal.append(LONG);
    } catch (error) {
      assert.ok(error instanceof JournalError && error.intact, String(error));
      return taken;
    }
  }
}
