import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Journal, JournalError, type JournalState } from "../../../internal/ports/journal.ts";
import { withBrokenDisk } from "./broken_disk.ts";
import { counts, LEDGER, OTHER, SOURCE, type TestDirectory, withDirectory } from "./temporary_directory.ts";

const ONE = counts({ visits: 1 });

function failsWith(intact: boolean): (error: unknown) => boolean {
  return (error) => error instanceof JournalError && error.intact === intact && error.cause instanceof Error;
}

function recoveredHits(directory: TestDirectory): number[] {
  return directory
    .reopen()
    .recover()
    .map((log) => log.segments.at(-1)!.to);
}

describe("a journal on a disk in trouble", () => {
  it("does not have the hits of a failed write, and goes on", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      withBrokenDisk(
        (operation) => operation === "writeSync",
        () => assert.throws(() => journal.append(ONE), failsWith(true)),
      );
      journal.append(ONE);
      journal.seal();
      assert.deepEqual(recoveredHits(directory), [1]);
    });
  });

  it("takes nothing more when a broken record cannot be cut off, until it is rewritten", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      const cannotCut = (operation: string): boolean => operation === "writeSync" || operation === "ftruncateSync";
      withBrokenDisk(cannotCut, () => assert.throws(() => journal.append(ONE), failsWith(false)));
      assert.throws(() => journal.append(ONE), { name: "JournalError", intact: false });
      assert.throws(() => journal.seal(), { name: "JournalError", intact: false });
      journal.rewrite(state(SOURCE, 3));
      journal.append(ONE);
      assert.deepEqual(recoveredHits(directory), [4]);
    });
  });

  it("goes on in its own file when closing the former one fails: the number may be another file's by now", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(ONE);
      withBrokenDisk(
        (operation) => operation === "closeSync",
        () => journal.rewrite(state(SOURCE, 1)),
      );
      const other = join(directory.path, "other");
      const fd = openSync(other, "w");
      journal.append(ONE);
      closeSync(fd);
      assert.equal(readFileSync(other, "utf8"), "");
      assert.deepEqual(recoveredHits(directory), [2]);
    });
  });

  it("goes on in the file that has its name when a rename takes effect and an error is told", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(ONE);
      withBrokenDisk(
        (operation) => operation === "renameSync",
        () => journal.rewrite(state(SOURCE, 1)),
        new Set(["renameSync"]),
      );
      journal.append(ONE);
      assert.deepEqual(recoveredHits(directory), [2]);
    });
  });

  it("has no note that did not reach the disk", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(ONE);
      withBrokenDisk(
        (operation) => operation === "fdatasyncSync",
        () => assert.throws(() => journal.recordFirstOffer(LEDGER), failsWith(true)),
      );
      assert.doesNotMatch(readFileSync(directory.journalPath(SOURCE), "utf8"), /version/);
    });
  });

  it("syncs into a new file after a sync failed, because the kernel forgets what it could not write", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(ONE);
      withBrokenDisk(
        (operation) => operation === "fdatasyncSync",
        () => assert.throws(() => journal.sync(), failsWith(true)),
      );
      let renames = 0;
      const countRenames = (operation: string): boolean => {
        if (operation === "renameSync") renames++;
        return false;
      };
      withBrokenDisk(countRenames, () => journal.recordFirstOffer(LEDGER));
      assert.equal(renames, 1);
      journal.append(ONE);
      assert.deepEqual(
        directory
          .reopen()
          .recover()
          .map(({ firstOffer, segments }) => [firstOffer, segments[0]!.to]),
        [[LEDGER, 2]],
      );
    });
  });
});

describe("a rename that can be neither finished nor taken back", () => {
  it("ends the log: what followed under its old name would not be found", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(counts({ visits: 3 }));
      let renamed = false;
      const breaksAfterRename = (operation: string): boolean => {
        const breaks = renamed && ["fsyncSync", "rmSync"].includes(operation);
        renamed ||= operation === "renameSync";
        return breaks;
      };
      withBrokenDisk(breaksAfterRename, () => assert.throws(() => journal.rewrite(state(OTHER, 3)), failsWith(false)));
      const ended = { name: "JournalError", intact: false };
      assert.throws(() => journal.append(ONE), ended);
      assert.throws(() => journal.rewrite(state(SOURCE, 3)), ended);
      assert.deepEqual(recoverAll(directory), [`${OTHER} 3`]);
    });
  });
});

describe("a crash at any step", () => {
  it("of a rewrite leaves the old hits or the new ones", () => {
    everyCrash(
      (journal) => journal.rewrite(state(SOURCE, 9)),
      (found) => assert.ok(found.length === 1 && [`${SOURCE} 3`, `${SOURCE} 9`].includes(found[0]!), found.join()),
    );
  });

  it("of a rename leaves one of the two files to recover, never both", () => {
    everyCrash(
      (journal) => journal.rewrite(state(OTHER, 9)),
      (found) => assert.ok(found.length === 1 && [`${SOURCE} 3`, `${OTHER} 9`].includes(found[0]!), found.join()),
    );
  });

  it("of a rename, removal of the new file included, never leaves the old one alone after the new one was committed", () => {
    everyCrash(
      (journal) => {
        journal.rewrite(state(OTHER, 9));
        journal.remove();
      },
      (found, finished) => assert.ok(finished ? !found.includes(`${SOURCE} 3`) : found.length === 1, found.join()),
    );
  });

  it("of storing remains leaves them or nothing", () => {
    everyCrash(
      (_, directory) => directory.data.store({ ...state(OTHER, 9), firstOffer: LEDGER }),
      (found) => assert.ok([`${SOURCE} 3`, `${SOURCE} 3,${OTHER} 9`].includes(found.join()), found.join()),
    );
  });
});

type Act = (journal: Journal, directory: TestDirectory) => void;
type Check = (found: string[], finished: boolean) => void;

/** Lets `act` stop dead after its first, second, ... operation on the disk, then recovers and checks what is found. */
function everyCrash(act: Act, check: Check): void {
  for (let steps = 0, finished = false; !finished; steps++) {
    assert.ok(steps < 100, "it never finishes");
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(counts({ visits: 3 }));
      let left = steps;
      const crashes = (): boolean => left-- <= 0;
      withBrokenDisk(crashes, () => quietly(() => act(journal, directory)));
      finished = left >= 0;
      check(recoverAll(directory), finished);
      check(recoverAll(directory), finished);
    });
  }
}

function quietly(act: () => void): void {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof JournalError, String(error));
  }
}

function recoverAll(directory: TestDirectory): string[] {
  const found = directory.reopen().recover();
  return found.map(({ source, segments }) => `${source} ${segments.at(-1)!.to}`).sort();
}

function state(source: string, to: number): JournalState {
  const segments = [{ from: 0, to, counts: counts({ visits: to }) }];
  return { source, formerly: [], region: "eu", base: 0, firstOffer: null, shown: 0, segments, open: false };
}
