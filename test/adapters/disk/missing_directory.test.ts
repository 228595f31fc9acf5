import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDataDirectory } from "../../../internal/adapters/disk/data_directory.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import type { Journal, JournalState } from "../../../internal/ports/journal.ts";
import { counts, LEDGER, OTHER, SIGHTING, SOURCE, type TestDirectory, withDirectory } from "./temporary_directory.ts";

const STRANGER = "00000000000000cc";

/**
 * A data directory notices that its files are no longer at their paths: an open file that was deleted can still be written.
 * `renew` makes the directory anew and locks it, `Journal.rewrite` puts each journal there; nothing foreign is taken over or overwritten.
 */
describe("a data directory whose files are deleted while it is open", () => {
  it("misses nothing as long as they are there, however often they are written anew", () => {
    withFilledDirectory(({ data }, own) => {
      own.rewrite(STATE);
      own.append(counts({ visits: 1 }));
      own.rewrite({ ...STATE, source: STRANGER, formerly: [SOURCE] });
      data.recordKnownLedger({ ...SIGHTING, version: 8 });
      data.recordKnownLedger({ id: "another", version: 1, writer: "" });
      data.create("00000000000000dd", "eu").remove();
      assert.equal(data.missing(), null);
    });
  });

  for (const [what, parts] of [
    ["all of it", ["."]],
    ["its journals", ["journals"]],
    ["one journal", [join("journals", `${SOURCE}.journal`)]],
    ["the ledger that it knows", ["ledger.json"]],
    ["its lock", ["lock.sqlite"]],
  ] as const) {
    it(`misses ${what}, and has everything again once it was made anew`, () => {
      withFilledDirectory((directory, own, other) => {
        for (const part of parts) rmSync(join(directory.path, part), { recursive: true });
        assert.match(directory.data.missing() ?? "", /was deleted or moved/);
        own.append(counts({ visits: 1 }));
        renew(directory, own, other);
        assertWhole(directory);
      });
    });
  }

  it("was moved: the one in its place has the hits, the moved one stays locked and keeps none", () => {
    withFilledDirectory((directory, own, other) => {
      const moved = `${directory.path}-moved`;
      renameSync(directory.path, moved);
      try {
        renew(directory, own, other);
        assert.throws(() => open(moved), { message: /in use by another process/ });
        assertWhole(directory);
        directory.data.close();
        const old = open(moved);
        assert.deepEqual(old.recover(), []);
        old.close();
      } finally {
        rmSync(moved, { recursive: true });
      }
    });
  });

  it("was moved and is moved back: nothing is missing", () => {
    withFilledDirectory((directory, own, other) => {
      const moved = `${directory.path}-moved`;
      renameSync(directory.path, moved);
      assert.match(directory.data.missing() ?? "", /was deleted or moved/);
      renameSync(moved, directory.path);
      assert.equal(directory.data.missing(), null);
      renameSync(directory.path, moved);
      renew(directory, own, other);
      rmSync(directory.path, { recursive: true });
      renameSync(moved, directory.path);
      assert.match(directory.data.missing() ?? "", /another file took the place of|was deleted/);
      renew(directory, own, other);
      assertWhole(directory);
    });
  });

  it("was replaced by a copy of itself: its own journals are the newer ones", () => {
    withFilledDirectory((directory, own, other) => {
      const copy = `${directory.path}-copy`;
      cpSync(directory.path, copy, { recursive: true });
      rmSync(directory.path, { recursive: true });
      renameSync(copy, directory.path);
      renew(directory, own, other);
      assertWhole(directory);
    });
  });

  it("was replaced by one with hits of others: it touches nothing there", () => {
    withFilledDirectory((directory, own) => {
      replaceByStrangers(directory);
      const before = readFileSync(directory.journalPath(STRANGER));
      const refusal = { name: "JournalError", message: /restart this node to count them/ };
      assert.throws(() => directory.data.renew(), refusal);
      assert.throws(() => own.rewrite(STATE), { name: "JournalError" });
      assert.throws(() => directory.data.renew(), refusal);
      assert.deepEqual(readFileSync(directory.journalPath(STRANGER)), before);
      assert.deepEqual(directory.files(), [`${STRANGER}.journal`]);
      rmSync(directory.journalPath(STRANGER));
      directory.data.renew();
    });
  });

  it("was replaced by one that knows another ledger", () => {
    withFilledDirectory((directory) => {
      rmSync(directory.path, { recursive: true });
      const data = open(directory.path);
      data.recordKnownLedger({ id: "another", version: 1, writer: "" });
      data.close();
      assert.throws(() => directory.data.renew(), { name: "JournalError", message: /knows ledger another/ });
    });
  });

  it("was made anew by another process, which uses it", () => {
    withFilledDirectory((directory, own, other) => {
      rmSync(directory.path, { recursive: true });
      const faster = open(directory.path);
      assert.throws(() => directory.data.renew(), { name: "JournalError", message: /in use by another process/ });
      faster.close();
      renew(directory, own, other);
      assertWhole(directory);
    });
  });

  it("takes nothing while it is missing, and cannot be made anew where a file lies", () => {
    withFilledDirectory((directory, own, other) => {
      rmSync(directory.path, { recursive: true });
      mkdirSync(join(directory.path, "journals"), { recursive: true });
      const { data } = directory;
      for (const act of [
        () => data.create(STRANGER, "eu"),
        () => data.store({ ...STATE, source: STRANGER, firstOffer: LEDGER }),
        () => data.recordKnownLedger(SIGHTING),
        () => own.rewrite(STATE),
      ])
        assert.throws(act, { name: "JournalError" });
      assert.deepEqual(directory.files(), []);
      rmSync(directory.path, { recursive: true });
      writeFileSync(directory.path, "");
      assert.throws(() => data.renew(), { name: "JournalError", message: /Cannot use data directory/ });
      assert.equal(existsSync(directory.path), true);
      rmSync(directory.path);
      renew(directory, own, other);
      assertWhole(directory);
    });
  });
});

const STATE: JournalState = {
  source: SOURCE,
  formerly: [STRANGER],
  region: "eu",
  base: 3,
  firstOffer: LEDGER,
  shown: 10,
  segments: [
    { from: 10, to: 15, counts: counts({ visits: 5 }) },
    { from: 15, to: 16, counts: counts({ visits: 1 }) },
  ],
  open: false,
};

const CARRIED: JournalState = {
  ...STATE,
  source: OTHER,
  formerly: [],
  segments: [{ from: 10, to: 17, counts: counts({ shop: 7 }) }],
};

/** With its own journal, one that it carries, and a known ledger. */
function withFilledDirectory(body: (directory: TestDirectory, own: Journal, other: Journal) => void): void {
  withDirectory((directory) => {
    const own = directory.data.create(SOURCE, "eu");
    own.append(counts({ visits: 5 }));
    const other = directory.data.store({ ...CARRIED, firstOffer: LEDGER });
    directory.data.recordKnownLedger(SIGHTING);
    body(directory, own, other);
  });
}

/** As a node does it. */
function renew({ data }: TestDirectory, own: Journal, other: Journal): void {
  data.renew();
  own.rewrite(STATE);
  other.rewrite(CARRIED);
  assert.equal(data.missing(), null);
}

/** Everything that was held is found by the next start. */
function assertWhole(directory: TestDirectory): void {
  const data = directory.reopen();
  assert.deepEqual(data.knownLedger(), SIGHTING);
  const found = data.recover().map(({ journal: _, ...log }) => log);
  const expected = [STATE, CARRIED].map(({ open: _, ...state }) => state);
  assert.deepEqual(
    found.sort((a, b) => (a.source < b.source ? -1 : 1)),
    expected,
  );
}

function replaceByStrangers(directory: TestDirectory): void {
  rmSync(directory.path, { recursive: true });
  const data = open(directory.path);
  data.create(STRANGER, "eu").append(counts({ visits: 9 }));
  data.close();
}

function open(path: string) {
  return openDataDirectory(path, createLog({ format: "text", name: "test", write: () => {} }));
}
