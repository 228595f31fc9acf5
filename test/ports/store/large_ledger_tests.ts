import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ALL, LargeLedger, readInPieces, readingText } from "./large_ledger.ts";
import type { OpenStore } from "./store_backends.ts";

/** What happens to a store between two pieces of a reader. */
export interface Happenings {
  readonly toAReader: (pieces: number) => Promise<void>;
  readonly toAReaderAndAWriter: (pieces: number) => Promise<void>;
}

/** A ledger of 1,000,000 counters is read in pieces: exactly what was written, in order. */
export function largeLedgerTests(open: () => Promise<OpenStore>, happening: Happenings): void {
  let ledger: LargeLedger;
  let opened: OpenStore;
  before(async () => {
    opened = await open();
    ledger = new LargeLedger(opened.store);
    const begin = performance.now();
    await ledger.fill();
    console.log(`      filled in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  });

  it("is read exactly, beside nobody who writes", async () => {
    await exactReading(opened, ledger, async () => {});
  });

  it("is read exactly through everything that happens to the store meanwhile", async () => {
    await exactReading(opened, ledger, happening.toAReader);
  });

  it("is read beside a leader that writes: no entry is older than when it was asked for", async () => {
    let [writing, rounds] = [true, 0];
    const writer = (async () => {
      for (; writing; rounds++) {
        await ledger.round();
        // SQLite writes without waiting for anything, and would leave the reader no turn.
        await nextTurn();
      }
    })();
    let known = ledger.versions;
    const seen = new Set<string>();
    let last = "";
    await readInPieces(opened.store, async (entries, pieces) => {
      for (const [name, value] of entries) {
        assert.ok(name > last, `${name} comes after ${last}`);
        last = name;
        seen.add(name);
        const version = ledger.versionIn(name, value);
        assert.ok(version >= (known.get(name) ?? 0), `${name} at ${version}, after ${known.get(name)} was written`);
      }
      await happening.toAReaderAndAWriter(pieces);
      known = ledger.versions;
    });
    writing = false;
    await writer;
    assert.ok(rounds > 10, `${rounds} rounds: this shows nothing`);
    const missing = [...ledger.versions.keys()].filter((name) => !name.startsWith("rounds/") && !seen.has(name));
    assert.deepEqual(missing, []);
  });

  it("has nothing left of rounds that were deleted", async () => {
    const { entries } = await opened.store.scan({ from: "rounds/", to: `rounds/${"0".repeat(11)}9` }, 1_000);
    assert.equal(entries.size, 0);
    assert.ok((await opened.store.scan(ALL, 1)).entries.has("head"));
  });
}

async function exactReading(
  { store }: OpenStore,
  ledger: LargeLedger,
  between: (pieces: number) => Promise<void>,
): Promise<void> {
  const read: [name: string, version: number][] = [];
  const reading = await readInPieces(store, (entries, pieces) => {
    for (const [name, value] of entries) read.push([name, ledger.versionIn(name, value)]);
    return between(pieces);
  });
  assert.deepEqual(read, [...ledger.versions]);
  console.log(`      read in ${readingText(reading)}`);
}
