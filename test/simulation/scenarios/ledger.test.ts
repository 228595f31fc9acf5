import assert from "node:assert/strict";
import { emptyLedger, type Ledger } from "../../../internal/core/ledger/ledger.ts";
import { type BatchVerdict, LedgerDraft } from "../../../internal/core/ledger/ledger_draft.ts";
import { assess } from "../../../internal/core/ledger/log_assessment.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import type { LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import type { Batch } from "../../../internal/core/log/batch.ts";
import { SourceLog } from "../../../internal/core/log/source_log.ts";

const A = "aaaaaaaaaaaaaaaa";
const B = "bbbbbbbbbbbbbbbb";
const LEDGER = "1111111111111111";
const LIMITS = { counters: 10_000, bytes: 1 << 20 };
const HOUR = 3_600_000;

/** Hits `[from, to)` of a source with the first offer `noted`. */
function batch(source: string, from: number, to: number, noted = 0, ledger = LEDGER): Batch {
  const counts = new Map(to > from ? [["visits", to - from]] : []);
  return {
    source,
    region: "eu",
    base: 0,
    firstOffer: { id: ledger, version: noted },
    from,
    to,
    counts,
    last: to === from,
  };
}

/** Folds batches into `ledger`, as one transaction. */
function commit(ledger: Ledger, ...batches: Batch[]): { ledger: Ledger; verdicts: BatchVerdict[] } {
  const draft = new LedgerDraft(ledger);
  const verdicts = batches.map((each) => draft.fold(each));
  return { ledger: finish(draft), verdicts };
}

function prune(ledger: Ledger, ...sources: string[]): Ledger {
  const draft = new LedgerDraft(ledger);
  for (const source of sources) draft.prune(source);
  return finish(draft);
}

function endSilent(ledger: Ledger, source: string): Ledger {
  const draft = new LedgerDraft(ledger);
  draft.endSilent([source]);
  return finish(draft);
}

function finish(draft: LedgerDraft): Ledger {
  const next = draft.finish(1, "writer");
  draft.commit(next);
  return next;
}

function total(ledger: Ledger): bigint {
  return ledger.totals.sum;
}

function rounds(ledger = emptyLedger(LEDGER)): Rounds {
  const retention = { silence: HOUR, afterEnd: HOUR, ended: 4_096 };
  return new Rounds({ epoch: 1, writer: "writer" }, ledger, 1, LIMITS, retention, 0);
}

function change(prunedTo: number, version: number): LedgerChange {
  const share = { counters: 1, bytes: 1 };
  return { ledger: { id: LEDGER, version, writer: "writer" }, since: null, totals: [], prunedTo, adoptions: [], share };
}

/** Batches that come late, twice, out of order or from two holders count once. */
describe("histories: the ledger", () => {
  it("H1: the last batch of an ended source comes again, before and after the source is forgotten", () => {
    const ended = commit(emptyLedger(LEDGER), batch(A, 0, 3), batch(A, 3, 3));
    assert.deepEqual(ended.verdicts, ["counted", "counted"]);
    assert.deepEqual(commit(ended.ledger, batch(A, 0, 3)).verdicts, ["covered"]);
    const forgotten = prune(ended.ledger, A);
    assert.deepEqual(commit(forgotten, batch(A, 0, 3)).verdicts, ["indeterminate"]);
    assert.equal(total(forgotten), 3n);
  });

  it("a batch out of order, or one that straddles the watermark, is refused alone", () => {
    const { ledger } = commit(emptyLedger(LEDGER), batch(A, 0, 3));
    const { verdicts } = commit(ledger, batch(A, 4, 6), batch(A, 2, 5), batch(B, 0, 1));
    assert.deepEqual(verdicts, ["gap", "gap", "counted"]);
  });

  it("a batch whose counts do not add up to its length is refused alone", () => {
    const bad = { ...batch(A, 0, 3), counts: new Map([["visits", 2]]) };
    assert.deepEqual(commit(emptyLedger(LEDGER), bad, batch(B, 0, 1)).verdicts, ["malformed", "counted"]);
  });

  it("H9: an old answer is still in a leader's memory when the source's watermark is forgotten", () => {
    const leader = rounds();
    const answer = { epoch: 1, round: leader.begin(), batches: [batch(A, 0, 3)], sources: [A] };
    leader.begin();
    assert.equal(leader.accept("node", answer, 0), false);
    assert.equal(leader.plan(0), null);
  });

  it("H12: two streams deliver one batch twice into one plan", () => {
    const leader = rounds();
    const answer = { epoch: 1, round: leader.begin(), batches: [batch(A, 0, 3)], sources: [A] };
    leader.accept("one stream", answer, 0);
    leader.accept("another", answer, 0);
    const plan = leader.plan(0);
    assert.equal(plan?.next.sources.get(A), 3);
    assert.equal(plan?.draft.changed.get("visits")?.regions.get("eu"), 3n);
  });

  it("H13: a source says hello and offers its batch in the round after it was forgotten", () => {
    const { ledger } = commit(emptyLedger(LEDGER), batch(A, 0, 3), batch(A, 3, 3));
    const { verdicts } = commit(prune(ledger, A), batch(A, 0, 3), batch(A, 3, 5), batch(A, 5, 5));
    assert.deepEqual(verdicts, ["indeterminate", "indeterminate", "indeterminate"]);
  });

  it("H24: the yes of a hand-over is lost, the carrier's copy is counted and forgotten, and the giver offers its own", () => {
    const log = new SourceLog(A, "eu");
    log.firstOffer = { id: LEDGER, version: 0 };
    log.add("visits", 3);
    log.close();
    const carrier = SourceLog.closed(log.tail());
    const { ledger } = commit(emptyLedger(LEDGER), ...carrier.batches());
    const forgotten = prune(ledger, A);
    assert.ok(commit(forgotten, ...log.batches()).verdicts.every((verdict) => verdict === "indeterminate"));
    const shown = { source: A, watermark: null, ended: false };
    assert.equal(assess(log, change(forgotten.prunedTo, forgotten.version), shown).kind, "indeterminate");
  });

  it("H25: a carrier's snapshot does not mention the source because it is older than the source's first batch", () => {
    const log = new SourceLog(A, "eu");
    log.firstOffer = { id: LEDGER, version: 5 };
    log.add("visits", 3);
    log.close();
    const shown = { source: A, watermark: null, ended: false };
    assert.equal(assess(log, change(5, 5), shown).kind, "current");
    assert.equal(assess(log, change(6, 7), shown).kind, "indeterminate");
  });

  it("two holders rebase one log from where each saw it committed, and the one that saw less is counted cut by cut: nothing is lost", () => {
    const segments = [3, 4, 5].map((from) => ({ from, to: from + 1, counts: new Map([["visits", 1]]) }));
    const tail = {
      source: A,
      formerly: [],
      region: "eu",
      base: 0,
      firstOffer: { id: B, version: 1 },
      shown: 3,
      segments,
    };
    const [less, more] = [SourceLog.closed(tail), SourceLog.closed({ ...tail, shown: 5 })];
    for (const log of [less, more]) log.rebase("cccccccccccccccc", { id: LEDGER, version: 0 });
    let { ledger } = commit(emptyLedger(LEDGER), ...less.batches().slice(0, 1));
    const leader = new Rounds(
      { epoch: 1, writer: "w" },
      ledger,
      1,
      LIMITS,
      { silence: HOUR, afterEnd: HOUR, ended: 9 },
      0,
    );
    leader.accept("more", { epoch: 1, round: leader.begin(), batches: more.batches(), sources: [] }, 0);
    assert.deepEqual(leader.contradictions(), []);
    ledger = commit(ledger, ...more.batches(), ...less.batches().slice(1, 2), ...more.batches()).ledger;
    assert.equal(total(ledger), 3n);
  });

  it("H26: a live source was silent for an hour and comes back", () => {
    const { ledger } = commit(emptyLedger(LEDGER), batch(A, 0, 3));
    const back = commit(endSilent(ledger, A), batch(A, 3, 5));
    assert.deepEqual(back.verdicts, ["counted"]);
    assert.equal(total(back.ledger), 5n);
  });

  it("H32: a carrier commits past the end of the outstanding batch", () => {
    const log = new SourceLog(A, "eu");
    log.firstOffer = { id: LEDGER, version: 0 };
    log.add("visits", 2);
    log.seal();
    log.add("visits", 1);
    log.close();
    assert.equal(log.cover(3).length, 2);
    assert.equal(log.pending, 0);
  });

  it("H33: no holder merges across a watermark that the ledger may have", () => {
    const log = new SourceLog(A, "eu");
    log.firstOffer = { id: LEDGER, version: 0 };
    log.add("visits", 2);
    log.seal();
    log.add("visits", 1);
    log.close();
    for (const watermark of [2, 3]) {
      const carrier = SourceLog.closed(log.tail());
      carrier.cover(watermark);
      assert.equal(carrier.indeterminate, false);
      assert.equal(carrier.pending, 3 - watermark);
    }
  });

  it("H36: after the ledger was read again, the old round's answers are not planned on it", () => {
    const leader = rounds();
    leader.accept("node", { epoch: 1, round: leader.begin(), batches: [batch(A, 0, 3)], sources: [A] }, 0);
    leader.reload({ ...emptyLedger(LEDGER), version: 1 }, 2, 0);
    assert.equal(leader.plan(0), null);
  });

  it("H37: a source comes back from its end, ended ones are forgotten, and its next hits still have a place", () => {
    const silent = endSilent(commit(emptyLedger(LEDGER), batch(A, 0, 3)).ledger, A);
    const { ledger } = commit(silent, batch(A, 3, 5));
    assert.equal(ledger.ended.has(A), false);
    assert.deepEqual(commit(prune(ledger, A), batch(A, 5, 6)).verdicts, ["counted"]);
  });

  it("H38: the highest ending version of all that was forgotten counts, not the last one's", () => {
    const one = commit(emptyLedger(LEDGER), batch(A, 0, 1), batch(B, 0, 1));
    const first = commit(one.ledger, batch(A, 1, 1)).ledger;
    const second = commit(first, batch(B, 1, 1)).ledger;
    const forgotten = prune(prune(second, B), A);
    assert.deepEqual(commit(forgotten, batch(B, 0, 1, first.version)).verdicts, ["indeterminate"]);
  });

  it("H40: a note of the ledger before an adoption is higher than every version since", () => {
    const adopted = { ...emptyLedger(LEDGER), version: 3, prunedTo: 2 };
    assert.deepEqual(commit(adopted, batch(A, 0, 3, 900, "2222222222222222")).verdicts, ["foreign"]);
  });
});
