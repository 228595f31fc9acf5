import assert from "node:assert/strict";
import { OTHER_REGION } from "../../../internal/core/ledger/counter_total.ts";
import { LedgerMismatch } from "../../../internal/core/ledger/ledger.ts";
import { type BatchVerdict, LedgerDraft } from "../../../internal/core/ledger/ledger_draft.ts";
import { Totals } from "../../../internal/core/ledger/totals.ts";
import { batch, counts, end, ledgerWith, source } from "../samples.ts";

const A = source(1);
const ended = { watermark: 5, complete: false, version: 3 };

/** A batch is counted, known already, too early, or refused: by the watermark of its source alone. */
describe("a batch that is folded", () => {
  const cases: [name: string, draft: () => LedgerDraft, fold: ReturnType<typeof batch>, verdict: BatchVerdict][] = [
    ["of a new source counts from zero", draftOf({}), batch(A, 0, 3), "counted"],
    ["that begins at the watermark counts", draftOf({ sources: new Map([[A, 3]]) }), batch(A, 3, 4), "counted"],
    ["that the ledger has is covered", draftOf({ sources: new Map([[A, 3]]) }), batch(A, 0, 3), "covered"],
    ["that lies within what it has is covered", draftOf({ sources: new Map([[A, 3]]) }), batch(A, 1, 2), "covered"],
    ["that begins before the watermark waits", draftOf({ sources: new Map([[A, 3]]) }), batch(A, 2, 5), "gap"],
    ["that begins past the watermark waits", draftOf({ sources: new Map([[A, 3]]) }), batch(A, 4, 5), "gap"],
    ["of a new source that begins past zero waits", draftOf({}), batch(A, 1, 2), "gap"],
    ["of a rebased source counts from its base", draftOf({}), batch(A, 7, 9, { base: 7 }), "counted"],
    ["of an ended source counts", draftOf({ ended: new Map([[A, ended]]) }), batch(A, 5, 6), "counted"],
    ["of an ended source comes again", draftOf({ ended: new Map([[A, ended]]) }), batch(A, 4, 5), "covered"],
    ["that does not add up is malformed", draftOf({}), batch(A, 0, 3, { counts: counts({ a: 2 }) }), "malformed"],
    [
      "of another ledger is foreign",
      draftOf({}),
      batch(A, 0, 3, { firstOffer: { id: source(8), version: 1 } }),
      "foreign",
    ],
    ["of a source that may be forgotten is indeterminate", draftOf({ prunedTo: 2 }), batch(A, 0, 3), "indeterminate"],
    ["noted at the newest forgotten end counts", draftOf({ prunedTo: 1 }), batch(A, 0, 3), "counted"],
    [
      "of a known source counts, whatever was forgotten",
      draftOf({ prunedTo: 9, sources: new Map([[A, 3]]) }),
      batch(A, 3, 4),
      "counted",
    ],
    [
      "with a name that has parts waits for format 2",
      draftOf({}),
      batch(A, 0, 3, { counts: counts({ "a/b": 3 }) }),
      "unconverted",
    ],
    ["that ends a source nobody knows changes nothing", draftOf({}), end(A, 0), "covered"],
    ["that ends a source at its watermark counts", draftOf({ sources: new Map([[A, 3]]) }), end(A, 3), "counted"],
    ["that ends a source too early waits", draftOf({ sources: new Map([[A, 3]]) }), end(A, 4), "gap"],
    ["that ends a source that was silent counts", draftOf({ ended: new Map([[A, ended]]) }), end(A, 5), "counted"],
    [
      "that ends a source again is covered",
      draftOf({ ended: new Map([[A, { ...ended, complete: true }]]) }),
      end(A, 5),
      "covered",
    ],
    [
      "that is empty and not the last changes nothing",
      draftOf({ sources: new Map([[A, 3]]) }),
      batch(A, 3, 3),
      "covered",
    ],
  ];
  for (const [name, draft, fold, verdict] of cases)
    it(`${name}: ${verdict}`, () => {
      const one = draft();
      assert.equal(one.fold(fold), verdict);
      assert.equal(one.dirty, verdict === "counted");
      one.finish(1, "w1");
    });

  it("twice in one plan counts once: the watermark moves with each (H12)", () => {
    const draft = draftOf({})();
    assert.deepEqual(
      [draft.fold(batch(A, 0, 3)), draft.fold(batch(A, 0, 3)), draft.fold(batch(A, 3, 5))],
      ["counted", "covered", "counted"],
    );
    assert.equal(draft.changed.get("visits")?.regions.get("eu"), 5n);
  });

  it("moves a source that was ended back among those that go on (H37)", () => {
    const draft = draftOf({ ended: new Map([[A, ended]]) })();
    draft.fold(batch(A, 5, 6));
    assert.equal(draft.sources.get(A), 6);
    assert.ok(!draft.ended.has(A));
    draft.finish(1, "w1");
  });

  it("counts in a common region when the ledger has no room for more", () => {
    const draft = new LedgerDraft(ledgerWith({ totals: new Map([["visits", new Map([["eu", 0n]])]]) }), 0);
    draft.fold(batch(A, 0, 2, { region: "us" }));
    draft.fold(batch(source(2), 0, 3));
    assert.deepEqual(
      [...(draft.changed.get("visits")?.regions ?? [])],
      [
        ["eu", 3n],
        [OTHER_REGION, 2n],
      ],
    );
  });
});

describe("a draft", () => {
  it("changes nothing before it is committed", () => {
    const ledger = ledgerWith({ totals: new Map([["visits", new Map([["eu", 1n]])]]), sources: new Map([[A, 1]]) });
    const draft = new LedgerDraft(ledger);
    draft.fold(batch(A, 1, 3));
    const next = draft.finish(2, "w2");
    assert.equal(ledger.totals.get("visits")?.regions.get("eu"), 1n);
    assert.equal(ledger.sources.get(A), 1);
    draft.commit(next);
    assert.equal(next.totals.get("visits")?.regions.get("eu"), 3n);
    assert.deepEqual(
      [next.version, next.epoch, next.terms],
      [
        2,
        2,
        [
          { writer: "w1", from: 1 },
          { writer: "w2", from: 2 },
        ],
      ],
    );
  });

  it("of a ledger that does not add up is not finished", () => {
    const draft = new LedgerDraft(ledgerWith({ sources: new Map([[A, 7]]) }));
    draft.fold(batch(A, 7, 8));
    assert.throws(() => draft.finish(1, "w1"), LedgerMismatch);
  });

  it("is not finished beside a total that changed by itself in memory (H71)", () => {
    class RottenTotals extends Totals {
      override addUp(section: number): bigint {
        return super.addUp(section) + 1n;
      }
    }
    const ledger = { ...ledgerWith(), totals: new RottenTotals([["visits", { regions: new Map(), generation: 0 }]]) };
    const draft = new LedgerDraft(ledger);
    draft.fold(batch(A, 0, 1));
    assert.throws(() => draft.finish(1, "w1"), /the totals of page \d+, section \d+, sum to 1, and it was 0/);
  });

  it("forgets up to the highest version that a forgotten end wrote, in whatever order (H38)", () => {
    const ended = new Map([
      [A, { watermark: 1, complete: true, version: 4 }],
      [source(2), { watermark: 2, complete: false, version: 3 }],
    ]);
    const draft = new LedgerDraft(ledgerWith({ version: 5, ended, totals: new Map([["a", new Map([["eu", 3n]])]]) }));
    draft.prune(A);
    draft.prune(source(2));
    assert.equal(draft.prunedTo, 4);
    assert.equal(draft.prunedSum, 3n);
    draft.finish(1, "w1");
  });

  it("forgets nobody that it does not have", () => {
    const draft = draftOf({})();
    draft.prune(A);
    assert.deepEqual([draft.dirty, draft.prunedTo], [false, 0]);
  });

  it("ends silent sources as incomplete, at the version that it writes", () => {
    const draft = draftOf({ sources: new Map([[A, 0]]) })();
    draft.endSilent([A, source(2)]);
    assert.deepEqual([...draft.ended], [[A, { watermark: 0, complete: false, version: 2 }]]);
    assert.equal(draft.sources.size, 0);
  });
});

/** A draft of a ledger that adds up: what it has counted before went with sources that it forgot. */
function draftOf(fields: Parameters<typeof ledgerWith>[0]): () => LedgerDraft {
  const ledger = ledgerWith(fields);
  const watermarks = [...ledger.sources.values(), ...[...ledger.ended.values()].map(({ watermark }) => watermark)];
  const prunedSum = -watermarks.reduce((sum, watermark) => sum + BigInt(watermark), 0n);
  return () => new LedgerDraft({ ...ledger, prunedSum });
}
