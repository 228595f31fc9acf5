import assert from "node:assert/strict";
import fc from "fast-check";
import { SourceLog } from "../../../internal/core/log/source_log.ts";
import { counterName, counts, NOTE, source, tally } from "../samples.ts";

/** What a log is, told naively: its hits one after the other, where it may be cut, and what was shown committed. */
interface NaiveLog {
  readonly hits: string[];
  cuts: number[];
  shown: number;
  closed: boolean;
}

type Operation = {
  readonly what: "add" | "seal" | "close" | "cover" | "recover";
  readonly counter: string;
  readonly number: number;
};

const operation: fc.Arbitrary<Operation> = fc.record({
  what: fc.constantFrom("add", "add", "add", "seal", "cover", "recover", "close"),
  counter: counterName,
  number: fc.integer({ min: 1, max: 4 }),
});

/** A source's log has every hit between what was shown committed and its end, cut where batches ended. */
describe("a source's log", () => {
  it("is its hits, cut where batches ended, less what was shown committed", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        let log = new SourceLog(source(1), "eu");
        log.firstOffer = NOTE;
        const naive: NaiveLog = { hits: [], cuts: [], shown: 0, closed: false };
        for (const one of operations) {
          log = apply(one, log, naive);
          check(log, naive);
        }
      }),
    );
  });

  it("takes no hits once it is closed", () => {
    const log = new SourceLog(source(1), "eu");
    log.close();
    assert.throws(() => log.add("a", 1), /a closed log takes no hits/);
  });

  it("is not offered before it has noted a ledger", () => {
    const log = new SourceLog(source(1), "eu");
    log.add("a", 1);
    log.seal();
    assert.throws(() => log.batches(), /first offer is not recorded/);
  });

  it("is handed over only when it is closed and has noted a ledger", () => {
    const log = new SourceLog(source(1), "eu");
    log.add("a", 1);
    assert.throws(() => log.tail(), /must be closed and its first offer recorded/);
    log.close();
    assert.throws(() => log.tail(), /must be closed and its first offer recorded/);
    log.firstOffer = NOTE;
    assert.deepEqual(log.tail().segments, [{ from: 0, to: 1, counts: counts({ a: 1 }) }]);
  });

  it("ends with an empty batch", () => {
    const log = new SourceLog(source(1), "eu");
    log.firstOffer = NOTE;
    log.add("a", 2);
    log.close();
    const [hits, last] = log.batches();
    assert.deepEqual([hits?.from, hits?.to, hits?.last], [0, 2, false]);
    assert.deepEqual([last?.from, last?.to, last?.last, last?.counts.size], [2, 2, true, 0]);
  });

  it("is offered no more when the watermark is where it was never cut", () => {
    const log = new SourceLog(source(1), "eu");
    log.firstOffer = NOTE;
    log.add("a", 3);
    log.seal();
    log.cover(2);
    assert.ok(log.indeterminate);
    assert.deepEqual(log.batches(), []);
  });

  it("believes a watermark past its end: after a power loss the ledger may know more", () => {
    const log = SourceLog.closed({
      source: source(1),
      formerly: [],
      region: "eu",
      base: 0,
      firstOffer: NOTE,
      shown: 0,
      segments: [{ from: 0, to: 2, counts: counts({ a: 2 }) }],
    });
    log.cover(5);
    assert.ok(!log.indeterminate);
    assert.deepEqual([log.pending, log.shown, log.end], [0, 5, 5]);
  });

  it("is not offered when its first hits are on both sides of what was shown: they have no cut there", () => {
    const tail = { source: source(1), formerly: [], region: "eu", base: 0, firstOffer: NOTE };
    const log = SourceLog.closed({ ...tail, shown: 3, segments: [{ from: 1, to: 5, counts: counts({ a: 4 }) }] });
    assert.ok(log.indeterminate);
    assert.deepEqual(log.batches(), []);
    assert.equal(log.pending, 2);
  });

  it("goes on from the last shown watermark when it is rebased", () => {
    const log = new SourceLog(source(1), "eu");
    log.firstOffer = NOTE;
    log.add("a", 2);
    log.seal();
    log.add("a", 1);
    log.cover(2);
    log.rebase(source(2), { id: source(9), version: 7 });
    log.seal();
    const [only] = log.batches();
    assert.deepEqual(
      [only?.source, only?.base, only?.from, only?.to, only?.firstOffer.version],
      [source(2), 2, 2, 3, 7],
    );
  });
});

function apply({ what, counter, number }: Operation, log: SourceLog, naive: NaiveLog): SourceLog {
  if (what === "add" && !naive.closed) {
    log.add(counter, number);
    naive.hits.push(...Array<string>(number).fill(counter));
  } else if (what === "seal" && log.isSealable) {
    log.seal();
    naive.cuts.push(naive.hits.length);
  } else if (what === "close") {
    log.close();
    if (!naive.closed && naive.hits.length > lastCut(naive)) naive.cuts.push(naive.hits.length);
    naive.closed = true;
  } else if (what === "cover") cover(number, log, naive);
  else if (what === "recover" && naive.closed) {
    const { id, formerly, region, base, firstOffer, shown, segments } = log;
    return SourceLog.closed({ source: id, formerly, region, base, firstOffer, shown, segments });
  }
  return log;
}

/** A snapshot shows one of the watermarks that the ledger can have. */
function cover(number: number, log: SourceLog, naive: NaiveLog): void {
  const legal = [naive.shown, ...naive.cuts];
  const watermark = legal[number % legal.length] as number;
  const dropped = log.cover(watermark);
  const expected = tally(naive.hits.slice(naive.shown, Math.max(naive.shown, watermark)));
  assert.deepEqual(tally(dropped.flatMap((segment) => listOf(segment.counts))), expected);
  naive.shown = Math.max(naive.shown, watermark);
  naive.cuts = naive.cuts.filter((cut) => cut > naive.shown);
}

function check(log: SourceLog, naive: NaiveLog): void {
  assert.equal(log.pending, naive.hits.length - naive.shown);
  assert.equal(log.end, naive.hits.length);
  assert.equal(log.openFrom, lastCut(naive));
  const bounds = [naive.shown, ...naive.cuts];
  const expected = naive.cuts.map((to, i) => ({ from: bounds[i], to, counts: tally(naive.hits.slice(bounds[i], to)) }));
  assert.deepEqual(log.segments, expected);
  const common = { source: source(1), region: "eu", base: 0, firstOffer: NOTE };
  const offered = expected.map((segment) => ({ ...segment, ...common, last: false }));
  const ending = { ...common, from: log.end, to: log.end, counts: new Map(), last: true };
  assert.deepEqual(log.batches(), naive.closed ? [...offered, ending] : offered);
  assert.deepEqual(log.open, tally(naive.hits.slice(lastCut(naive))));
  assert.equal(log.isSealable, naive.cuts.length === 0 && naive.hits.length > naive.shown);
  assert.ok(!log.indeterminate);
}

function lastCut({ cuts, shown }: NaiveLog): number {
  return cuts.at(-1) ?? shown;
}

function listOf(hits: ReadonlyMap<string, number>): string[] {
  return [...hits].flatMap(([counter, by]) => Array<string>(by).fill(counter));
}
