import assert from "node:assert/strict";
import fc from "fast-check";
import type { LedgerRef, Segment } from "../../../internal/core/log/batch.ts";
import { addCounts } from "../../../internal/core/log/counts.ts";
import type { Journal } from "../../../internal/ports/journal.ts";
import { withBrokenDisk } from "./broken_disk.ts";
import { LEDGER, SOURCE, type TestDirectory, withDirectory } from "./temporary_directory.ts";

/** What a journal should hold, kept in the plainest way. */
class Model {
  segments: Segment[] = [];
  firstOffer: LedgerRef | null = null;
  shown = 0;
  sealed = true;

  get end(): number {
    return this.segments.at(-1)?.to ?? this.shown;
  }

  append(counter: string, by: number): void {
    const open = this.sealed ? undefined : this.segments.pop();
    const from = open?.from ?? this.end;
    const counts = new Map(open?.counts);
    addCounts(counts, new Map([[counter, by]]));
    this.segments.push({ from, to: (open?.to ?? from) + by, counts });
    this.sealed = false;
  }
}

type Operation =
  | { readonly do: "append" | "refusedAppend"; readonly counter: string; readonly by: number }
  | { readonly do: "seal" | "note" | "compact" | "restart" };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("append" as const, "append" as const, "refusedAppend" as const),
      counter: fc.constantFrom("visits", "a.b", "0", "constructor", "x".repeat(128)),
      by: fc.integer({ min: 1, max: 2 ** 40 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("seal" as const, "note" as const, "compact" as const, "restart" as const),
    }),
  },
);

describe("a journal after any operations", () => {
  it("holds what a plain model holds", () => {
    const property = fc.property(fc.array(operation, { maxLength: 40 }), (operations) =>
      withDirectory((directory) => run(directory, operations)),
    );
    fc.assert(property, { numRuns: 200 });
  });
});

function run(directory: TestDirectory, operations: readonly Operation[]): void {
  const model = new Model();
  let journal: Journal | undefined = directory.data.create(SOURCE, "eu");
  for (const operation of operations) {
    if (operation.do === "restart") journal = restart(directory, model);
    else apply(journal, model, operation);
    // A file that held nothing is gone, and its source with it.
    if (journal === undefined) return;
  }
  restart(directory, model);
}

function apply(journal: Journal, model: Model, operation: Operation): void {
  if (operation.do === "append") {
    journal.append(new Map([[operation.counter, operation.by]]));
    model.append(operation.counter, operation.by);
  } else if (operation.do === "refusedAppend") {
    const act = (): void => journal.append(new Map([[operation.counter, operation.by]]));
    withBrokenDisk(
      (disk) => disk === "writeSync",
      () => assert.throws(act, { name: "JournalError", intact: true }),
    );
  } else if (operation.do === "seal") {
    journal.seal();
    model.sealed = true;
  } else if (operation.do === "note") {
    journal.recordFirstOffer(LEDGER);
    model.firstOffer = LEDGER;
  } else compact(journal, model);
}

/** Drops the first segment as shown. */
function compact(journal: Journal, model: Model): void {
  const first = model.segments.shift();
  if (first === undefined) return;
  model.shown = first.to;
  const { firstOffer, shown, segments, sealed } = model;
  journal.rewrite({ source: SOURCE, formerly: [], region: "eu", base: 0, firstOffer, shown, segments, open: !sealed });
}

function restart(directory: TestDirectory, model: Model): Journal | undefined {
  const [found] = directory.reopen().recover();
  const expected =
    model.segments.length === 0
      ? undefined
      : { firstOffer: model.firstOffer, shown: model.shown, segments: model.segments };
  assert.deepEqual(found && { firstOffer: found.firstOffer, shown: found.shown, segments: found.segments }, expected);
  return found?.journal;
}
