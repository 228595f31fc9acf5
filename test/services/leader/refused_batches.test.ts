import assert from "node:assert/strict";
import type { RefusedBatch } from "../../../internal/core/ledger/batch_folding.ts";
import type { LogFields } from "../../../internal/ports/logger.ts";
import { RefusedBatches } from "../../../internal/services/leader/refused_batches.ts";
import { batch, source } from "../../core/samples.ts";

const GAP: RefusedBatch = { node: "id-1", batch: batch(source(1), 5, 6), verdict: "gap", why: "because" };
const MALFORMED: RefusedBatch = { node: "id-2", batch: batch(source(2), 0, 1), verdict: "malformed", why: "so" };

/** A batch that the leader cannot count is reported once, with its source, and counted in the metric each time. */
describe("refused batches", () => {
  let lines: (LogFields | undefined)[];
  let counted: string[];
  let refusals: RefusedBatches;
  beforeEach(() => {
    lines = [];
    counted = [];
    const log = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (_: string, fields?: LogFields) => void lines.push(fields),
    };
    const silent = {
      round: () => {},
      stage: () => {},
      copiedLog: () => {},
      storeUsed: () => {},
      adjusted: () => {},
      droppedDay: () => {},
    };
    const meter = { ...silent, refusedBatch: (verdict: string) => void counted.push(verdict) };
    refusals = new RefusedBatches(log, meter, (id) => `name of ${id}`);
  });

  it("that are malformed are reported at once, and once, and counted each time", () => {
    for (let round = 0; round < 3; round++) refusals.record([MALFORMED]);
    assert.deepEqual(counted, ["malformed", "malformed", "malformed"]);
    assert.deepEqual(lines, [{ node: "name of id-2", source: source(2), verdict: "malformed", why: "so" }]);
  });

  it("that leave a gap are news in the third round in a row", () => {
    for (const refused of [[GAP], [GAP], [], [GAP], [GAP]]) refusals.record(refused);
    assert.deepEqual([counted, lines], [[], []]);
    refusals.record([GAP]);
    assert.deepEqual([counted, lines.length], [["gap"], 1]);
  });
});
