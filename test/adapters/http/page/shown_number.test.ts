import assert from "node:assert/strict";
import fc from "fast-check";
import { judged } from "../../../../internal/adapters/http/page/browser/shown_number.js";

const said = (version: number, generation: number | null, value = 0, ledger = "a") => {
  return { ledger, version, generation, value };
};
/** What a page does about each of these, one after the other. */
const actions = (...all: ReturnType<typeof said>[]) => {
  let shown: ReturnType<typeof judged>["shown"] = null;
  return all.map((one) => {
    const result = judged(shown, one);
    shown = result.shown;
    return result.action;
  });
};

/** A page hears nodes that are a round behind each other. Its number steps back only when a person changed it. */
describe("the number of a page", () => {
  it("grows within a generation, and is replaced by a later one (H76)", () => {
    assert.deepEqual(actions(said(5, 3), said(6, 3), said(7, 7), said(6, 3), said(8, 7)), [
      "grow",
      "grow",
      "replace",
      "ignore",
      "grow",
    ]);
  });

  it("is replaced when the counter is gone, and not by a node that has not heard of it yet", () => {
    assert.deepEqual(actions(said(5, 3), said(4, null), said(6, null), said(5, 3), said(7, null), said(8, 8)), [
      "grow",
      "ignore",
      "replace",
      "ignore",
      "grow",
      "replace",
    ]);
  });

  it("grows when a counter that had only pending hits is committed", () => {
    assert.deepEqual(actions(said(5, null), said(5, null), said(6, 6), said(5, null), said(7, 6)), [
      "grow",
      "grow",
      "grow",
      "ignore",
      "grow",
    ]);
  });

  it("knows a reset of a counter whose generation nobody knew", () => {
    assert.deepEqual(actions(said(5, 0), said(6, 6)), ["grow", "replace"]);
  });

  it("compares generations only within one ledger (H77)", () => {
    assert.deepEqual(actions(said(90, 80), said(5, 3, 0, "b"), said(6, 6, 0, "b")), ["grow", "grow", "replace"]);
  });

  it("ends with what the ledger has, in whatever order and however often nodes say it", () => {
    const step = fc.constantFrom("hit", "set", "delete", "idle");
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(1_000), { maxLength: 30 }),
        (steps, order) => {
          let state: { generation: number | null; value: number } = { generation: null, value: 0 };
          const versions = steps.map((one, at) => {
            const version = at + 1;
            if (one === "hit") state = { generation: state.generation ?? version, value: state.value + 1 };
            if (one === "set") state = { generation: version, value: 1 };
            if (one === "delete") state = { generation: null, value: 0 };
            return said(version, state.generation, state.value);
          });
          const heard = [...order.map((at) => versions[at % versions.length]!), versions.at(-1)!];
          let shown: ReturnType<typeof judged>["shown"] = null;
          let number: number | null = null;
          for (const one of heard) {
            const { action, shown: next } = judged(shown, one);
            shown = next;
            if (action === "replace" || number === null) number = one.value;
            else if (action === "grow") number = Math.max(number, one.value);
          }
          assert.equal(number, versions.at(-1)!.value);
        },
      ),
    );
  });
});
