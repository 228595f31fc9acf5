import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { JournalState, RecoveredLog } from "../../../internal/ports/journal.ts";
import { counts, LEDGER, OTHER, SOURCE, type TestDirectory, withDirectory } from "./temporary_directory.ts";

const STATE: JournalState = {
  source: SOURCE,
  formerly: ["3333333333333333", "4444444444444444"],
  region: "us east",
  base: 2,
  firstOffer: { id: "2222222222222222", version: 9 },
  shown: 5,
  segments: [
    { from: 5, to: 8, counts: counts({ visits: 1, other: 2 }) },
    { from: 8, to: 9, counts: counts({ other: 1 }) },
  ],
  open: false,
};

describe("a journal that is found again", () => {
  it("has every hit, cut where batches ended", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu-west");
      journal.append(counts({ visits: 3, "a.b": 1 }));
      journal.seal();
      journal.append(counts({ visits: 1 }));
      journal.append(counts({ visits: 2 }));
      journal.recordFirstOffer(LEDGER);
      assert.deepEqual(told(recoverOne(directory)), {
        source: SOURCE,
        formerly: [],
        region: "eu-west",
        base: 0,
        firstOffer: LEDGER,
        shown: 0,
        segments: [
          { from: 0, to: 4, counts: counts({ visits: 3, "a.b": 1 }) },
          { from: 4, to: 7, counts: counts({ visits: 3 }) },
        ],
      });
    });
  });

  it("has no note when it was never offered", () => {
    withDirectory((directory) => {
      directory.data.create(SOURCE, "eu").append(counts({ visits: 1 }));
      assert.equal(recoverOne(directory).firstOffer, null);
    });
  });

  it("says which ledger its node knew at its first hit, also after it was rewritten", () => {
    for (const born of [null, { id: "2222222222222222", version: 4 }])
      withDirectory((directory) => {
        const journal = directory.data.create(SOURCE, "eu");
        journal.append(counts({ visits: 1 }), born);
        journal.append(counts({ visits: 2 }));
        const found = recoverOne(directory);
        assert.deepEqual(found.born, born);
        found.journal.rewrite({ ...found, open: true });
        assert.deepEqual(recoverOne(directory).born, born);
      });
  });

  it("does not say it when version 0.1.0 wrote it", () => {
    withDirectory((directory) => {
      directory.data.create(SOURCE, "eu").append(counts({ visits: 1 }));
      assert.equal(recoverOne(directory).born, undefined);
    });
  });

  it("takes a seal twice for one boundary", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(counts({ visits: 1 }));
      journal.seal();
      journal.seal();
      assert.deepEqual(ends(recoverOne(directory)), [1]);
    });
  });

  it("is deleted when it holds nothing", () => {
    withDirectory((directory) => {
      directory.data.create(SOURCE, "eu").recordFirstOffer(LEDGER);
      assert.deepEqual(directory.reopen().recover(), []);
      assert.deepEqual(directory.files(), []);
      assert.equal(directory.data.missing(), null);
    });
  });

  it("is deleted when all it holds was shown as committed", () => {
    withDirectory((directory) => {
      directory.data.create(SOURCE, "eu").rewrite({ ...STATE, shown: 5, segments: [] });
      assert.deepEqual(directory.reopen().recover(), []);
      assert.deepEqual(directory.files(), []);
      assert.equal(directory.data.missing(), null);
    });
  });

  it("can be noted, cut, rewritten and removed", () => {
    withDirectory((directory) => {
      directory.data.create(SOURCE, "eu").append(counts({ visits: 2 }));
      const { journal } = recoverOne(directory);
      journal.seal();
      journal.recordFirstOffer(LEDGER);
      journal.append(counts({ visits: 1 }));
      const again = recoverOne(directory);
      assert.deepEqual([again.firstOffer, ends(again)], [LEDGER, [2, 3]]);
      again.journal.rewrite(STATE);
      recoverOne(directory).journal.remove();
      assert.deepEqual(directory.files(), []);
    });
  });
});

describe("a rewritten journal", () => {
  it("is the state that it was given", () => {
    withDirectory((directory) => {
      directory.data.create(SOURCE, "eu").rewrite(STATE);
      assert.deepEqual(told(recoverOne(directory)), withoutOpen(STATE));
    });
  });

  it("goes on after an open segment", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.rewrite({ ...STATE, open: true });
      journal.append(counts({ visits: 2 }));
      journal.seal();
      assert.deepEqual(ends(recoverOne(directory)), [8, 11]);
    });
  });

  it("starts a new segment after a closed one", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.rewrite(STATE);
      journal.append(counts({ visits: 2 }));
      assert.deepEqual(ends(recoverOne(directory)), [8, 9, 11]);
    });
  });

  it("counts its size from then on", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(counts({ visits: 2 }));
      const before = readFileSync(directory.journalPath(SOURCE)).length;
      assert.ok(journal.size > 0);
      journal.rewrite(STATE);
      assert.equal(journal.size, 0);
      journal.append(counts({ visits: 2 }));
      assert.ok(journal.size > 0 && journal.size < before);
    });
  });

  it("takes the name of its new source, and the old file is gone", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(counts({ visits: 3 }));
      journal.rewrite({ ...STATE, source: OTHER });
      journal.append(counts({ visits: 1 }));
      assert.deepEqual(directory.files(), [`${OTHER}.journal`]);
      assert.deepEqual([recoverOne(directory).source], [OTHER]);
    });
  });

  it("does not overwrite another source's journal", () => {
    withDirectory((directory) => {
      directory.data.create(OTHER, "eu").append(counts({ visits: 9 }));
      const journal = directory.data.create(SOURCE, "eu");
      assert.throws(() => journal.rewrite({ ...STATE, source: OTHER }), /already exists/);
      journal.append(counts({ visits: 3 }));
      assert.deepEqual(directory.reopen().recover().flatMap(ends), [3, 9]);
    });
  });
});

describe("stored remains", () => {
  const remains = { ...withoutOpen(STATE), firstOffer: LEDGER };

  it("are found again as they were handed over", () => {
    withDirectory((directory) => {
      directory.data.store(remains);
      assert.deepEqual(told(recoverOne(directory)), remains);
    });
  });

  it("that come twice are stored once", () => {
    withDirectory((directory) => {
      const first = directory.data.store(remains);
      assert.equal(directory.data.store({ ...remains, shown: 8, segments: remains.segments.slice(1) }), first);
      assert.deepEqual(told(recoverOne(directory)), remains);
    });
  });

  it("that are longer than what is there take its place", () => {
    withDirectory((directory) => {
      const first = directory.data.store({ ...remains, segments: remains.segments.slice(0, 1) });
      assert.equal(directory.data.store(remains), first);
      assert.deepEqual(told(recoverOne(directory)), remains);
    });
  });

  it("that are shorter than what is there change nothing", () => {
    withDirectory((directory) => {
      directory.data.store(remains);
      directory.reopen();
      directory.data.store({ ...remains, segments: remains.segments.slice(0, 1) });
      assert.deepEqual(told(recoverOne(directory)), remains);
    });
  });
});

function withoutOpen({ open: _, ...state }: JournalState): Omit<JournalState, "open"> {
  return state;
}

function recoverOne(directory: TestDirectory): RecoveredLog {
  const found = directory.reopen().recover();
  assert.equal(found.length, 1);
  return found[0]!;
}

function told({ journal: _, ...log }: RecoveredLog): Omit<RecoveredLog, "journal"> {
  return log;
}

function ends(log: RecoveredLog): number[] {
  return log.segments.map((segment) => segment.to);
}
