import assert from "node:assert/strict";
import type { EndedSource, Ledger } from "../../../internal/core/ledger/ledger.ts";
import type { Retention } from "../../../internal/core/ledger/retention.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import type { SourceId } from "../../../internal/core/log/batch.ts";
import { batch, end, ledgerWith, source } from "../samples.ts";

const HOUR = 3_600_000;
const NOTHING_ENDED: Retention = { silence: HOUR, afterEnd: HOUR, ended: 0 };
const [A, B, C, D] = [source(1), source(2), source(3), source(4)] as const;

/** A leader that began at time 0. */
function leaderOn(ledger: Ledger, retention: Partial<Retention> = {}): Rounds {
  const kept = { ...NOTHING_ENDED, ...retention };
  return new Rounds({ epoch: 7, writer: "w7" }, ledger, 1, { bytes: 1 << 20 }, kept, 0);
}

/** One round at time `now` in which these sources were heard; the ledger after it. */
function round(rounds: Rounds, now: number, heard: readonly SourceId[] = [], batches = [batch(A, 0, 0)]): Ledger {
  rounds.begin();
  rounds.accept("a", { epoch: 7, round: rounds.round, batches, sources: heard }, now);
  const plan = rounds.plan(now);
  if (plan) rounds.settle(plan, rounds.headRevision + 1, now);
  return rounds.ledger;
}

function goneWith(...sources: readonly [SourceId, EndedSource][]): Ledger {
  return ledgerWith({ version: 9, ended: new Map(sources) });
}

const quiet = (version: number): EndedSource => ({ watermark: 0, complete: false, version });
const complete = (version: number): EndedSource => ({ watermark: 0, complete: true, version });

/** A silent source is ended after an hour and forgotten later, and never while a hit of it could still come. */
describe("a source that falls silent", () => {
  const ledger = () =>
    ledgerWith({
      sources: new Map([
        [A, 0],
        [B, 0],
      ]),
    });

  it("is ended, incomplete, after an hour under one leader", () => {
    const rounds = leaderOn(ledger(), { ended: 9 });
    assert.equal(round(rounds, HOUR - 1, [A]).ended.size, 0);
    const after = round(rounds, HOUR, [A]);
    assert.deepEqual([...after.ended], [[B, { watermark: 0, complete: false, version: 2 }]]);
    assert.deepEqual([...after.sources.keys()], [A]);
  });

  it("is not ended while somebody speaks for it", () => {
    const rounds = leaderOn(ledger());
    for (let now = 0; now < 3 * HOUR; now += HOUR / 2) assert.equal(round(rounds, now, [A, B]).ended.size, 0);
  });

  it("has another hour under another leader", () => {
    round(leaderOn(ledger()), HOUR - 1, [A]);
    const next = new Rounds({ epoch: 8, writer: "w8" }, ledger(), 1, { bytes: 1 }, NOTHING_ENDED, HOUR - 1);
    next.begin();
    assert.equal(next.plan(HOUR + 1), null);
  });

  it("comes back when it is heard again (H26, H37)", () => {
    const rounds = leaderOn(ledger(), { ended: 9 });
    round(rounds, HOUR, [A]);
    const back = round(rounds, HOUR + 1, [B], [batch(B, 0, 2)]);
    assert.deepEqual([back.sources.get(B), back.ended.size], [2, 0]);
    assert.equal(round(rounds, 2 * HOUR, [A]).ended.size, 0);
    assert.deepEqual([...round(rounds, 2 * HOUR + 1, [A]).ended.keys()], [B]);
  });
});

describe("ended sources", () => {
  it("are all remembered while they are few", () => {
    const rounds = leaderOn(goneWith([A, complete(3)], [B, quiet(4)]), { ended: 2 });
    rounds.begin();
    assert.equal(rounds.plan(10 * HOUR), null);
  });

  it("are not forgotten within an hour of their end, however many", () => {
    const rounds = leaderOn(goneWith([A, complete(3)], [B, quiet(4)]));
    rounds.begin();
    assert.equal(rounds.plan(HOUR - 1), null);
    assert.equal(round(rounds, HOUR).ended.size, 0);
  });

  it("that end under this leader have their hour from then on", () => {
    const rounds = leaderOn(ledgerWith({ sources: new Map([[A, 0]]) }));
    round(rounds, 5, [A], [end(A, 0)]);
    assert.equal(round(rounds, HOUR + 4).ended.size, 1);
    assert.equal(round(rounds, HOUR + 5).ended.size, 0);
  });

  it("that came back and ended again have another hour", () => {
    const rounds = leaderOn(ledgerWith({ ended: new Map([[A, quiet(1)]]) }));
    round(rounds, HOUR - 1, [A], [batch(A, 0, 1), end(A, 1)]);
    assert.equal(round(rounds, HOUR).ended.size, 1);
    assert.equal(round(rounds, 2 * HOUR - 1).ended.size, 0);
  });

  it("are forgotten complete ones first, oldest first, only as many as there are too many", () => {
    const ledger = goneWith([A, quiet(2)], [B, complete(4)], [C, complete(3)], [D, quiet(5)]);
    const left = [3, 2, 1, 0].map((ended) => [...round(leaderOn(ledger, { ended }), HOUR).ended.keys()]);
    assert.deepEqual(left, [[A, B, D], [A, D], [D], []]);
  });

  it("leave the highest version that a forgotten end wrote (H38)", () => {
    const ledger = goneWith([A, quiet(2)], [B, complete(4)], [C, complete(3)], [D, quiet(5)]);
    const prunedTo = [3, 2, 1, 0].map((ended) => round(leaderOn(ledger, { ended }), HOUR).prunedTo);
    assert.deepEqual(prunedTo, [3, 4, 4, 5]);
  });

  it("leave their sum, so that the ledger still adds up", () => {
    const ended = new Map([[A, { watermark: 5, complete: true, version: 3 }]]);
    const totals = new Map([["visits", new Map([["eu", 5n]])]]);
    const after = round(leaderOn(ledgerWith({ version: 9, ended, totals })), HOUR);
    assert.deepEqual([after.prunedSum, after.ended.size], [5n, 0]);
  });

  it("that are forgotten cannot be counted again (H9, H24)", () => {
    const ended = new Map([[A, { watermark: 5, complete: true, version: 3 }]]);
    const totals = new Map([["visits", new Map([["eu", 5n]])]]);
    const rounds = leaderOn(ledgerWith({ version: 9, ended, totals }));
    round(rounds, HOUR);
    assert.equal(round(rounds, HOUR + 1, [A], [batch(A, 0, 5)]).sources.size, 0);
  });
});
