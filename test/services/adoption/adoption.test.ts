import assert from "node:assert/strict";
import type { Ledger } from "../../../internal/core/ledger/ledger.ts";
import { decodeLedger, LOST } from "../../../internal/core/ledger/ledger_reading.ts";
import type { Adoption } from "../../../internal/core/ledger/snapshot.ts";
import { adoptionOf } from "../../../internal/services/adoption/adoption.ts";
import type { LossRecord } from "../../../internal/services/adoption/loss_record.ts";
import { LEDGER_ID, ledgerWith, source } from "../../core/samples.ts";

const NEW_ID = source(99);
const EARLIER: Adoption = { ledger: source(1), next: LEDGER_ID, version: 3, clean: true };

/** The ledger after a person adopted what the store has. */
function adopted(found: Ledger | null, record: Partial<LossRecord>): Ledger {
  const { puts } = adoptionOf(found, { known: [], lineage: [], seen: null, ...record }, NEW_ID);
  assert.equal(puts.get(LOST), null, "the loss stays recorded");
  const ledger = decodeLedger(new Map([...puts].flatMap(([name, value]) => (value ? [[name, value] as const] : []))));
  assert.ok(ledger);
  return ledger;
}

/** What an adoption writes: the ledger that was found, under a new id, which each node that knew one of the others may follow (docs/protocol.md, Adopt). */
describe("an adopted ledger", () => {
  const found = ledgerWith({ version: 7, terms: [{ writer: "w1", from: 1 }] });

  it("is one version later, and that version has a term of its own", () => {
    const { version, terms } = adopted(found, {});
    assert.equal(version, 8);
    assert.deepEqual(terms, [
      { writer: "w1", from: 1 },
      { writer: NEW_ID, from: 8 },
    ]);
  });

  it("follows the ledger that was found and those that nodes know, each once", () => {
    const known = [
      { name: "a", id: LEDGER_ID, version: 9 },
      { name: "b", id: source(5), version: 2 },
      { name: "c", id: source(5), version: 3 },
    ];
    assert.deepEqual(adopted(found, { known }).adoptions, [
      { ledger: LEDGER_ID, next: NEW_ID, version: 8, clean: true },
      { ledger: source(5), next: NEW_ID, version: 8, clean: true },
    ]);
  });

  it("keeps an adoption that it has, and does not add the same ledger again", () => {
    const known = [{ name: "a", id: EARLIER.ledger, version: 2 }];
    assert.deepEqual(adopted({ ...found, adoptions: [EARLIER] }, { known }).adoptions, [
      EARLIER,
      { ledger: LEDGER_ID, next: NEW_ID, version: 8, clean: true },
    ]);
  });

  it("of an empty store keeps the lineage that the leader's node remembers: nodes of an earlier ledger may follow, too", () => {
    const known = [{ name: "a", id: LEDGER_ID, version: 9 }];
    const { version, adoptions } = adopted(null, { known, lineage: [EARLIER] });
    assert.equal(version, 1);
    assert.deepEqual(adoptions, [EARLIER, { ledger: LEDGER_ID, next: NEW_ID, version: 1, clean: true }]);
  });
});
