import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { journalLine } from "../../../internal/adapters/disk/journal_lines.ts";
import { JournalError } from "../../../internal/ports/journal.ts";
import { withBrokenDisk } from "./broken_disk.ts";
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

/** Fields of a header besides its formats. */
const PLACE = `"source":"${SOURCE}","region":"eu","base":0,"from":0,"shown":0,"note":null`;

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

describe("a journal and another release", () => {
  it("is read where its header says so, and where an older one does not say", () => {
    for (const formats of ['"journal":2,"reads":1', '"journal":1,"reads":1', '"journal":1'])
      withDirectory((directory) => {
        const lines = [`{${formats},${PLACE},"unknown":true}`, '{"hits":{"visits":2}}'];
        writeFileSync(directory.journalPath(SOURCE), lines.map(journalLine).join(""));
        assert.equal(recoveredHits(directory), 2);
      });
  });

  it("says which format a release must know to read it", () => {
    withDirectory((directory) => {
      writeThree(directory);
      assert.match(readFileSync(directory.journalPath(SOURCE), "latin1"), /^[0-9a-f]{8} {"journal":1,"reads":1,/);
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
    for (const [header, format] of [
      ['{"journal":2,"origin":"x"}', 2],
      ['{"journal":3,"reads":2,"origin":"x"}', 2],
      [`{"journal":1,"reads":2,${PLACE}}`, 2],
    ] as const)
      withDirectory((directory) => {
        writeFileSync(directory.journalPath(SOURCE), journalLine(header));
        refused(directory, new RegExp(`it needs a release that reads format ${format}, this one reads 1`));
      });
  });

  it("does not say which formats may read it", () => {
    for (const reads of ["0", "1.5", '"1"', "null", "-1"])
      withDirectory((directory) => {
        writeFileSync(directory.journalPath(SOURCE), journalLine(`{"journal":1,"reads":${reads},${PLACE}}`));
        refused(directory, /this release does not know the line/);
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

describe("a journal with whole records behind a broken one", () => {
  it("is kept, whichever record it is: what is before counts, what is behind is told apart and reported", () => {
    for (const broken of [0, 1, 499, 998]) {
      withDirectory((directory) => {
        const path = directory.journalPath(SOURCE);
        const ends = writeHits(directory, 1_000);
        flip(path, ends[broken]! + 20);
        const bytes = readFileSync(path);
        assert.equal(recoveredHits(directory), broken);
        assert.deepEqual(readFileSync(`${path}.damaged`), bytes);
        assert.equal(directory.data.damagedHits(), 999 - broken);
        assert.match(
          directory.lines.join(""),
          new RegExp(`ERROR journal is damaged; kept, .*recovered=${broken} unplaced=${999 - broken}`),
        );
        assert.equal(recoveredHits(directory), broken);
        assert.equal(directory.data.damagedHits(), 999 - broken);
        assert.deepEqual(readFileSync(`${path}.damaged`), bytes);
      });
    }
  });

  it("is kept when the broken byte is the newline between two, or the header's", () => {
    for (const [at, recovered, unplaced] of [
      [(ends: number[]) => ends[3]! - 1, 2, 8],
      [() => 30, 0, 10],
    ] as const) {
      withDirectory((directory) => {
        const path = directory.journalPath(SOURCE);
        flip(path, at(writeHits(directory, 10)));
        assert.equal(recoveredHits(directory), recovered);
        assert.equal(directory.data.damagedHits(), unplaced);
        assert.ok(directory.files().includes(`${SOURCE}.journal.damaged`));
      });
    }
  });

  it("takes records again in a file of its own, and may be damaged again", () => {
    withDirectory((directory) => {
      const path = directory.journalPath(SOURCE);
      flip(path, writeHits(directory, 10)[5]! + 20);
      const { journal } = directory.reopen().recover()[0]!;
      journal.append(counts({ visits: 1 }));
      flip(path, readFileSync(path).indexOf("\n") + 20);
      assert.equal(recoveredHits(directory), 0);
      assert.deepEqual(directory.files(), [`${SOURCE}.journal.damaged`, `${SOURCE}.journal.damaged-2`]);
      assert.equal(directory.data.damagedHits(), 4 + 5);
    });
  });

  it("is left as it is when a crash interrupts its recovery at any step", () => {
    for (let steps = 0, finished = false; !finished; steps++) {
      withDirectory((directory) => {
        const path = directory.journalPath(SOURCE);
        flip(path, writeHits(directory, 10)[5]! + 20);
        directory.reopen();
        let left = steps;
        withBrokenDisk(
          () => left-- <= 0,
          () => {
            try {
              directory.data.recover();
            } catch (error) {
              assert.ok(error instanceof JournalError, String(error));
            }
          },
        );
        finished = left >= 0;
        assert.equal(recoveredHits(directory), 5);
        assert.equal(directory.data.damagedHits(), 4);
        assert.equal(directory.files().length, 2);
      });
    }
  });
});

describe("the first offer of a journal", () => {
  /** The offsets of the two lines that have it. */
  const offered = (directory: TestDirectory): [number, number, number] => {
    const journal = directory.data.create(SOURCE, "eu");
    journal.append(counts({ visits: 1 }));
    const first = readFileSync(directory.journalPath(SOURCE)).length;
    journal.recordFirstOffer(LEDGER);
    const end = readFileSync(directory.journalPath(SOURCE)).length;
    return [first, (first + end) / 2, end];
  };

  it("is there after any one bit of it was changed, and wherever its second line is torn off", () => {
    withDirectory((directory) => {
      const path = directory.journalPath(SOURCE);
      const [first, second, end] = offered(directory);
      const bytes = readFileSync(path);
      for (let at = first; at < end; at++) {
        for (const bit of [0x01, 0x20]) {
          writeFileSync(path, bytes);
          flip(path, at, bit);
          for (let life = 0; life < 2; life++) {
            const [found] = directory.reopen().recover();
            assert.deepEqual([found!.firstOffer, found!.segments.at(-1)!.to], [LEDGER, 1], `bit ${bit} of byte ${at}`);
          }
        }
        if (at < second) continue;
        writeFileSync(path, bytes.subarray(0, at));
        assert.deepEqual(directory.reopen().recover()[0]!.firstOffer, LEDGER);
      }
    });
  });

  it("is none if a crash tore it off: then no sync of it had returned", () => {
    withDirectory((directory) => {
      const [first, second] = offered(directory);
      for (let length = second - 1; length >= first; length--) {
        truncateSync(directory.journalPath(SOURCE), length);
        const [found] = directory.reopen().recover();
        assert.deepEqual([found!.firstOffer, found!.segments.at(-1)!.to], [null, 1]);
      }
    });
  });

  it("may be a complete line that is broken: such a log is kept, and not taken for one that was never offered", () => {
    for (const behind of [0, 1]) {
      withDirectory((directory) => {
        const path = directory.journalPath(SOURCE);
        const [first, second] = offered(directory);
        // As version 0.1.0 wrote it: once.
        truncateSync(path, second);
        if (behind > 0) appendFileSync(path, journalLine('{"hits":{"visits":3}}'));
        flip(path, first + 20);
        assert.deepEqual(directory.reopen().recover(), []);
        assert.deepEqual(directory.files(), [`${SOURCE}.journal.damaged`]);
        assert.equal(directory.data.damagedHits(), behind > 0 ? 4 : 1);
      });
    }
  });

  it("is not needed where the first hits say how old the log is", () => {
    for (const born of [LEDGER, null]) {
      withDirectory((directory) => {
        const path = directory.journalPath(SOURCE);
        const journal = directory.data.create(SOURCE, "eu");
        journal.append(counts({ visits: 2 }), born);
        const first = readFileSync(path).length;
        journal.append(counts({ ["v".repeat(60)]: 1 }));
        journal.append(counts({ visits: 4 }));
        flip(path, first + 20);
        const [found] = directory.reopen().recover();
        assert.deepEqual([found!.firstOffer, found!.born, found!.segments.at(-1)!.to], [null, born, 2]);
        assert.equal(directory.data.damagedHits(), 4);
      });
    }
  });
});

/** Offsets in the file at which each hit begins, and the end. */
function writeHits(directory: TestDirectory, hits: number): number[] {
  const journal = directory.data.create(SOURCE, "eu");
  const header = readFileSync(directory.journalPath(SOURCE)).length;
  for (let hit = 0; hit < hits; hit++) journal.append(counts({ visits: 1 }));
  const line = (readFileSync(directory.journalPath(SOURCE)).length - header) / hits;
  return Array.from({ length: hits + 1 }, (_, hit) => header + hit * line);
}

function flip(path: string, at: number, bit = 0x01): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= bit;
  writeFileSync(path, bytes);
}
