import assert from "node:assert/strict";
import { type Assessment, assess, rebasedId, splitId } from "../../../internal/core/ledger/log_assessment.ts";
import type { Adoption, LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import type { LedgerRef } from "../../../internal/core/log/batch.ts";
import { SourceLog } from "../../../internal/core/log/source_log.ts";
import { LEDGER_ID, source } from "../samples.ts";

const OLD = source(0xaa);
const CLEAN: Adoption = { ledger: OLD, next: LEDGER_ID, version: 6, clean: true };

/**
 * A snapshot tells a holder of a log what is counted, what goes on, and what nobody can tell any more. All holders
 * decide alike.
 */
describe("a held log, judged by a snapshot", () => {
  const here: LedgerRef = { id: LEDGER_ID, version: 4 };
  const there: LedgerRef = { id: OLD, version: 4 };
  const cases: [
    name: string,
    note: LedgerRef | null,
    watermark: number | null,
    change: Partial<LedgerChange>,
    kind: Assessment["kind"],
  ][] = [
    ["that was never offered goes on, whatever was forgotten", null, null, { prunedTo: 9 }, "current"],
    ["that was never offered goes on, in whatever ledger", null, null, { adoptions: [CLEAN] }, "current"],
    ["that the ledger knows goes on, whatever was forgotten", here, 2, { prunedTo: 9 }, "current"],
    ["that the ledger does not know goes on while nothing was forgotten since", here, null, { prunedTo: 4 }, "current"],
    ["that the ledger may have forgotten is indeterminate", here, null, { prunedTo: 5 }, "indeterminate"],
    ["of a ledger that was adopted is rebased", there, 3, { adoptions: [CLEAN] }, "rebase"],
    [
      "of a ledger that was adopted and never had it is rebased",
      there,
      null,
      { adoptions: [CLEAN], prunedTo: 4 },
      "rebase",
    ],
    [
      "of a ledger that was adopted and forgot is indeterminate",
      there,
      null,
      { adoptions: [CLEAN], prunedTo: 5 },
      "indeterminate",
    ],
    [
      "of a ledger that was adopted in a way nobody remembers is foreign",
      there,
      3,
      { adoptions: [{ ...CLEAN, clean: false }] },
      "foreign",
    ],
    ["of a ledger that was never adopted is foreign", there, 3, {}, "foreign"],
  ];
  for (const [name, note, watermark, change, kind] of cases)
    it(`${name}: ${kind}`, () => {
      const log = new SourceLog(source(1), "eu");
      log.firstOffer = note;
      assert.equal(assess(log, changeOf(change), { source: log.id, watermark, ended: false }).kind, kind);
    });

  it("is rebased to one id and one note, whoever does it and whenever", () => {
    const judged = [6, 60].map((version) => {
      const log = new SourceLog(source(1), "eu");
      log.firstOffer = there;
      const change = changeOf({ adoptions: [CLEAN], ledger: { id: LEDGER_ID, version, writer: "" } });
      return assess(log, change, { source: log.id, watermark: 1, ended: false });
    });
    assert.deepEqual(judged[0], {
      kind: "rebase",
      id: rebasedId(source(1), CLEAN),
      firstOffer: { id: LEDGER_ID, version: 6 },
    });
    assert.deepEqual(judged[1], judged[0]);
  });
});

describe("the id of a log that goes on", () => {
  it("is a source id, and another for each log and each reason", () => {
    const ids = [
      rebasedId(source(1), CLEAN),
      rebasedId(source(2), CLEAN),
      splitId(source(1), 3),
      splitId(source(1), 4),
    ];
    for (const id of ids) assert.match(id, /^[0-9a-f]{16}$/);
    assert.equal(new Set([...ids, source(1), source(2)]).size, 6);
  });
});

function changeOf(fields: Partial<LedgerChange>): LedgerChange {
  const share = { counters: 0, bytes: 0 };
  const ledger = { id: LEDGER_ID, version: 10, writer: "" };
  return { ledger, since: null, totals: [], prunedTo: 0, adoptions: [], share, ...fields };
}
