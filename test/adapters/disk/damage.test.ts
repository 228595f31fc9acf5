import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { journalLine } from "../../../internal/adapters/disk/journal_lines.ts";
import { counts, LEDGER, OTHER, SOURCE, type TestDirectory, withDirectory } from "./temporary_directory.ts";

/** Offsets in the file after which one more hit is whole. */
function writeThree(directory: TestDirectory): number[] {
  const journal = directory.data.create(SOURCE, "eu");
  const lengths: number[] = [readFileSync(directory.journalPath(SOURCE)).length];
  for (let hit = 0; hit < 3; hit++) {
    journal.append(counts({ visits: 1 }));
    lengths.push(readFileSync(directory.journalPath(SOURCE)).length);
  }
  return lengths;
}

function recoveredHits(directory: TestDirectory): number {
  return directory.reopen().recover()[0]?.segments.at(-1)?.to ?? 0;
}

describe("a damaged journal", () => {
  it("gives the hits of its whole lines, wherever its tail is torn off", () => {
    withDirectory((directory) => {
      const path = directory.journalPath(SOURCE);
      const lengths = writeThree(directory);
      const bytes = readFileSync(path);
      for (let length = lengths[0]!; length <= bytes.length; length++) {
        writeFileSync(path, bytes.subarray(0, length));
        const whole = lengths.filter((end) => end <= length);
        assert.equal(recoveredHits(directory), whole.length - 1, `torn at ${length}`);
      }
    });
  });

  it("takes new records after a torn tail, and has them later", () => {
    withDirectory((directory) => {
      const lengths = writeThree(directory);
      truncateSync(directory.journalPath(SOURCE), lengths[3]! - 1);
      const { journal } = directory.reopen().recover()[0]!;
      journal.append(counts({ visits: 5 }));
      assert.equal(recoveredHits(directory), 7);
    });
  });

  it("gives nothing past a changed byte, wherever it is", () => {
    withDirectory((directory) => {
      const path = directory.journalPath(SOURCE);
      const lengths = writeThree(directory);
      const bytes = readFileSync(path);
      for (let at = lengths[0]!; at < bytes.length; at++) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= 0x01;
        writeFileSync(path, damaged);
        assert.equal(recoveredHits(directory), lengths.filter((end) => end <= at).length - 1, `byte ${at}`);
      }
    });
  });

  it("is cut and reported when garbage or zeros follow", () => {
    for (const garbage of [Buffer.alloc(5000), Buffer.from("00000000 {}\n"), Buffer.from([0xff, 0x0a, 0xfe, 0x0a])]) {
      withDirectory((directory) => {
        const length = writeThree(directory).at(-1)!;
        appendFileSync(directory.journalPath(SOURCE), garbage);
        assert.equal(recoveredHits(directory), 3);
        assert.equal(readFileSync(directory.journalPath(SOURCE)).length, length);
        assert.match(directory.lines.join(""), /WARNING journal was truncated at its first broken line .*cut=\d+/);
      });
    }
  });

  it("is set aside and reported when not even its first line can be read", () => {
    withDirectory((directory) => {
      writeThree(directory);
      truncateSync(directory.journalPath(SOURCE), 20);
      assert.deepEqual(directory.reopen().recover(), []);
      assert.deepEqual(directory.files(), [`${SOURCE}.journal.damaged`]);
      assert.match(directory.lines.join(""), /ERROR journal has no readable header; set aside/);
    });
  });
});

describe("a journal that this program must not touch", () => {
  const refused = (directory: TestDirectory, message: RegExp): void => {
    const before = readFileSync(directory.journalPath(SOURCE));
    assert.throws(() => directory.reopen().recover(), { name: "JournalError", message });
    assert.deepEqual(readFileSync(directory.journalPath(SOURCE)), before);
  };

  it("has a newer format", () => {
    withDirectory((directory) => {
      writeFileSync(directory.journalPath(SOURCE), journalLine('{"journal":2,"origin":"x"}'));
      refused(directory, /it has format 2, this release reads 1/);
    });
  });

  it("has a whole line of a kind that it does not know", () => {
    for (const line of ['{"closed":true}', '{"seal":2}', '{"hits":{"Visits":1}}', '{"hits":{"visits":-1}}']) {
      withDirectory((directory) => {
        writeThree(directory);
        appendFileSync(directory.journalPath(SOURCE), journalLine(line));
        refused(directory, /this release does not know the line/);
      });
    }
  });

  it("is a copy under another name", () => {
    withDirectory((directory) => {
      writeThree(directory);
      copyFileSync(directory.journalPath(SOURCE), directory.journalPath(OTHER));
      assert.throws(() => directory.reopen().recover(), /a copy would count hits twice/);
    });
  });
});

describe("the note of a journal", () => {
  it("is the one in the last whole line, or none", () => {
    withDirectory((directory) => {
      const journal = directory.data.create(SOURCE, "eu");
      journal.append(counts({ visits: 1 }));
      journal.recordFirstOffer(LEDGER);
      const path = directory.journalPath(SOURCE);
      truncateSync(path, readFileSync(path).length - 1);
      assert.equal(directory.reopen().recover()[0]!.firstOffer, null);
    });
  });
});
