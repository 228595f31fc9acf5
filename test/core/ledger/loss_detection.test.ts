import assert from "node:assert/strict";
import {
  contradicts,
  isAheadOf,
  type LedgerStatus,
  ledgerStatus,
  mayJoin,
} from "../../../internal/core/ledger/loss_detection.ts";
import type { Batch, LedgerPosition } from "../../../internal/core/log/batch.ts";
import { batch, LEDGER_ID, ledgerWith, source } from "../samples.ts";

const OTHER = source(0xaa);
const LEDGER = ledgerWith({
  version: 8,
  terms: [
    { writer: "w1", from: 3 },
    { writer: "w2", from: 6 },
  ],
});

function sighting(version: number, writer: string, id = LEDGER_ID): LedgerPosition {
  return { id, version, writer };
}

/** A ledger that is older than what a node has seen, or missing, is lost: nothing may be written to it. */
describe("what a node has seen", () => {
  const cases: [name: string, known: LedgerPosition, ahead: boolean][] = [
    ["the present version", sighting(8, "w2"), false],
    ["an earlier version of the same term", sighting(6, "w2"), false],
    ["a version of an earlier term", sighting(5, "w1"), false],
    ["a version that is not there yet", sighting(9, "w2"), true],
    ["a version that another leader wrote, in a future that was undone", sighting(7, "w9"), true],
    ["an earlier version by the later leader", sighting(5, "w2"), true],
    ["a version of a term that is forgotten", sighting(2, "w0"), false],
    ["another ledger", sighting(99, "w9", OTHER), false],
  ];
  for (const [name, known, ahead] of cases)
    it(`is ${ahead ? "" : "not "}ahead of the ledger when it is ${name}`, () =>
      assert.equal(isAheadOf(known, LEDGER), ahead));
});

describe("what a node offers first of a log", () => {
  const ledger = ledgerWith({
    version: 8,
    prunedTo: 4,
    sources: new Map([[source(1), 5]]),
    ended: new Map([[source(2), { watermark: 7, complete: false, version: 6 }]]),
  });
  const noted = (version: number, id = LEDGER_ID) => ({ firstOffer: { id, version } });
  const cases: [name: string, offer: Batch, contradicts: boolean][] = [
    ["begins at the watermark", batch(source(1), 5, 9, noted(5)), false],
    ["begins before the watermark", batch(source(1), 3, 9, noted(5)), false],
    ["begins past the watermark", batch(source(1), 6, 9, noted(5)), true],
    ["begins past the watermark of an ended log", batch(source(2), 8, 9, noted(5)), true],
    ["is all of a log that is not there", batch(source(3), 0, 9, noted(5)), false],
    ["begins where a log that is not there was rebased", batch(source(3), 4, 9, { ...noted(5), base: 4 }), false],
    [
      "begins where its log was rebased, past what another holder got",
      batch(source(1), 7, 9, { ...noted(5), base: 7 }),
      false,
    ],
    ["begins past that and past the watermark", batch(source(1), 8, 9, { ...noted(5), base: 7 }), true],
    ["begins past the beginning of a log that is not there", batch(source(3), 4, 9, noted(5)), true],
    ["is of a log that may have been forgotten", batch(source(3), 4, 9, noted(3)), false],
    ["noted a version that is not there yet", batch(source(3), 0, 9, noted(9)), true],
    ["noted another ledger", batch(source(1), 6, 9, noted(99, OTHER)), false],
    ["is the empty end of a log, past the watermark", batch(source(1), 6, 6, { ...noted(5), last: true }), true],
  ];
  for (const [name, offer, expected] of cases)
    it(`${expected ? "contradicts" : "may be of"} the ledger when it ${name}`, () =>
      assert.equal(contradicts(offer, ledger), expected));
});

describe("a ledger's standing", () => {
  const nobody = { name: "a", known: null };
  const behind = { name: "b", known: sighting(5, "w1") };
  const ahead = { name: "c", known: sighting(12, "w2") };
  const stranger = { name: "d", known: sighting(99, "w9", OTHER) };
  const cases: [name: string, standing: LedgerStatus, kind: LedgerStatus["kind"]][] = [
    ["that nobody has seen more of", ledgerStatus(LEDGER, [nobody, behind], true), "current"],
    ["that nobody has been asked about", ledgerStatus(LEDGER, [], false), "current"],
    ["that strangers know nothing of", ledgerStatus(LEDGER, [stranger], true), "current"],
    ["that a node has seen more of", ledgerStatus(LEDGER, [behind, ahead], true), "lost"],
    ["that is missing while not everybody was heard", ledgerStatus(null, [nobody], false), "unsure"],
    ["that nobody knows", ledgerStatus(null, [nobody], true), "absent"],
    ["that is missing though a node knows one", ledgerStatus(null, [nobody, behind], true), "lost"],
    [
      "that is missing though a node knows one, before everybody was heard",
      ledgerStatus(null, [stranger], false),
      "lost",
    ],
  ];
  for (const [name, { kind }, expected] of cases) it(`${name} is ${expected}`, () => assert.equal(kind, expected));

  it("that is lost names the node that knows most, and what to do", () => {
    const lost = ledgerStatus(LEDGER, [ahead, { name: "e", known: sighting(20, "w2") }], true);
    assert.ok(lost.kind === "lost");
    assert.match(lost.detail, /version 8 .* e has seen version 20 of ledger 00000000000000ff.*npm run adopt/);
  });
});

describe("a node may join a ledger", () => {
  const adopted = { ...LEDGER, adoptions: [{ ledger: OTHER, next: LEDGER_ID, version: 2, clean: false }] };
  it("when it knows none", () => assert.ok(mayJoin(null, LEDGER)));
  it("when it knows this one", () => assert.ok(mayJoin(sighting(99, "w9"), LEDGER)));
  it("when it knows one that this one was adopted after", () => assert.ok(mayJoin(sighting(1, "", OTHER), adopted)));
  it("and not when it knows another", () => assert.ok(!mayJoin(sighting(1, "", OTHER), LEDGER)));
});
