import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { needs } from "../../needs.ts";
import { largeLedgerTests } from "../../ports/store/large_ledger_tests.ts";
import { SqliteFile } from "./sqlite_file.ts";

/** Of the write-ahead log: SQLite begins it anew when it has 1,000 pages, and a transaction of 1.2 MB may come on top. */
const MAX_LOG_BYTES = 8_000_000;

/** A SQLite store with 1,000,000 counters, which another process reads, and which is closed and opened again while it is read. */
describe("a SQLite store with 1,000,000 counters", () => {
  const file = new SqliteFile();
  before(function () {
    needs(this, "more time");
  });
  after(() => file.end());

  const open = () => file.open();
  largeLedgerTests(open, {
    toAReader: async (pieces) => {
      if (pieces % 10 === 0) await (await open()).store.readHead();
    },
    toAReaderAndAWriter: async () => assert.ok(logBytes() < MAX_LOG_BYTES, `the log has ${logBytes()} bytes`),
  });

  it("has a write-ahead log that stays small (H68)", () =>
    assert.ok(logBytes() < MAX_LOG_BYTES, `${logBytes()} bytes`));

  function logBytes(): number {
    return statSync(`${file.file}-wal`).size;
  }
});
