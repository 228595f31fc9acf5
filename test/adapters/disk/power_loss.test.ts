import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataDirectory } from "../../../internal/adapters/disk/data_directory.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import type { LedgerPosition, LedgerRef, LogTail } from "../../../internal/core/log/batch.ts";
import type { DataDirectory, Journal, JournalState } from "../../../internal/ports/journal.ts";
import { choices, hashOf, type Image, imageAfter, writeImage } from "./power_loss_states.ts";
import { RecordedDisk } from "./recorded_disk.ts";
import { counts, LEDGER, OTHER, SIGHTING, SOURCE } from "./temporary_directory.ts";

const SILENT = createLog({ format: "text", name: "test", write: () => {} });

interface FoundLog {
  readonly firstOffer: LedgerRef | null;
  /** The hits of the counters c1, c2, ... in this order: each append has its own. */
  readonly hits: readonly number[];
  readonly cuts: readonly number[];
}

interface Found {
  readonly logs: ReadonlyMap<string, FoundLog>;
  readonly known: LedgerPosition | null;
}

/** What holds from the end of `act` until the end of the next step, whatever of the unsynced calls reached the disk. */
interface Step {
  readonly act: () => void;
  readonly holds: (found: Found) => void;
}

/**
 * Every call to the disk is recorded. For each moment and each state of the disk that a power loss may leave then, the next start has what
 * was promised: no start fails, nothing that was synced is missing, and nothing is there twice.
 */
describe("a power loss at any moment", () => {
  it("leaves a log with all hits up to its first offer, and its first offer", () => {
    everyPowerLoss((data) => {
      let journal: Journal;
      return [
        {
          act: () => {
            journal = data().create(SOURCE, "eu");
          },
          holds: atLeast(0, null),
        },
        { act: () => append(journal, 1), holds: atLeast(0, null) },
        { act: () => append(journal, 2), holds: atLeast(0, null) },
        { act: () => journal.recordFirstOffer(LEDGER), holds: atLeast(2) },
        { act: () => append(journal, 3), holds: atLeast(2) },
        { act: () => journal.seal(), holds: atLeast(2) },
        { act: () => append(journal, 4), holds: atLeast(2) },
        { act: () => journal.sync(), holds: atLeast(4, LEDGER, [3]) },
        { act: () => append(journal, 5), holds: atLeast(4, LEDGER, [3]) },
      ];
    });
  });

  it("leaves a rewritten journal, and what was offered of it, under its old or its new name", () => {
    everyPowerLoss((data) => {
      let journal: Journal;
      const old = (found: Found) => assert.deepEqual([...found.logs.keys()], [SOURCE]);
      const renamed = (found: Found) => assert.deepEqual([...found.logs.keys()], [OTHER]);
      return [
        {
          act: () => {
            journal = data().create(SOURCE, "eu");
          },
          holds: () => {},
        },
        { act: () => append(journal, 1), holds: () => {} },
        { act: () => journal.recordFirstOffer(LEDGER), holds: old },
        { act: () => append(journal, 2), holds: atLeast(1) },
        { act: () => journal.rewrite(state(SOURCE, 3)), holds: (found) => assert.equal(found.logs.size, 1) },
        { act: () => journal.rewrite(state(OTHER, 3)), holds: renamed },
        { act: () => append(journal, 4), holds: renamed },
        { act: () => journal.remove(), holds: (found) => assert.ok(!found.logs.has(SOURCE)) },
      ];
    });
  });

  it("leaves tails that another node handed over whole", () => {
    everyPowerLoss((data) => {
      let journal: Journal;
      const stored = (source: string, hits: number) =>
        atLeast(
          hits,
          LEDGER,
          Array.from({ length: hits }, (_, at) => at + 1),
          source,
        );
      return [
        { act: () => void data().store(tail(OTHER, 2)), holds: stored(OTHER, 2) },
        { act: () => void data().store(tail(OTHER, 3)), holds: stored(OTHER, 3) },
        // A copy that is longer than the tail, and was not synced.
        {
          act: () => {
            journal = data().create(SOURCE, "eu");
          },
          holds: stored(OTHER, 3),
        },
        { act: () => append(journal, 1), holds: stored(OTHER, 3) },
        { act: () => append(journal, 2), holds: stored(OTHER, 3) },
        { act: () => void data().store(tail(SOURCE, 2)), holds: atLeast(2, null, []) },
        { act: () => append(journal, 3), holds: atLeast(2, null, []) },
      ];
    });
  });

  it("leaves the ledger that was known, or a newer version of it", () => {
    everyPowerLoss((data) => {
      const known = (id: string, from: number, to: number) => (found: Found) => {
        assert.equal(found.known?.id, id);
        assert.ok(found.known.version >= from && found.known.version <= to);
      };
      const record = (id: string, version: number) => () => data().recordKnownLedger({ ...SIGHTING, id, version });
      return [
        { act: record("a", 1), holds: known("a", 1, 2) },
        { act: record("a", 2), holds: () => {} },
        { act: record("b", 5), holds: known("b", 5, 6) },
        { act: record("b", 6), holds: known("b", 5, 6) },
      ];
    });
  });

  it("leaves a log that was recovered with the first offer that it got then", () => {
    everyPowerLoss((data, reopen) => {
      let journal: Journal;
      return [
        {
          act: () => {
            journal = data().create(SOURCE, "eu");
          },
          holds: () => {},
        },
        { act: () => append(journal, 1), holds: () => {} },
        { act: () => journal.sync(), holds: atLeast(1, null) },
        {
          act: () => {
            journal = reopen().recover()[0]!.journal;
          },
          holds: atLeast(1, null),
        },
        { act: () => journal.recordFirstOffer(LEDGER), holds: atLeast(1) },
        { act: () => append(journal, 2), holds: atLeast(1) },
      ];
    });
  });
});

/** The log has at least these hits, the first offer (null: it may have one) and the cuts, and no other hits than the ones that follow. */
function atLeast(hits: number, firstOffer: LedgerRef | null = LEDGER, cuts: readonly number[] = [], source = SOURCE) {
  return ({ logs }: Found): void => {
    const log = logs.get(source) ?? { hits: [], firstOffer: null, cuts: [] };
    assert.ok(log.hits.length >= hits, `${log.hits.length} of ${hits} hits`);
    assert.ok(log.hits.every((count) => count === 1));
    if (firstOffer !== null) assert.deepEqual(log.firstOffer, firstOffer);
    for (const cut of cuts) assert.ok(log.cuts.includes(cut), `cut at ${cut}`);
  };
}

function append(journal: Journal, number: number): void {
  journal.append(counts({ [`c${number}`]: 1 }));
}

/** Each hit is a segment. */
function tail(source: string, hits: number): LogTail {
  const segments = Array.from({ length: hits }, (_, at) => ({
    from: at,
    to: at + 1,
    counts: counts({ [`c${at + 1}`]: 1 }),
  }));
  return { source, formerly: [], region: "eu", base: 0, firstOffer: LEDGER, shown: 0, segments };
}

function state(source: string, hits: number): JournalState {
  return { ...tail(source, hits), open: false };
}

type Script = (data: () => DataDirectory, reopen: () => DataDirectory) => readonly Step[];

function everyPowerLoss(script: Script): void {
  // In memory where that is possible: what is synced to a real disk here decides nothing.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "power-"));
  const root = join(folder, "root");
  mkdirSync(root);
  try {
    const disk = new RecordedDisk(root);
    const path = join(root, "data");
    let data!: DataDirectory;
    const reopen = () => {
      data?.close();
      data = openDataDirectory(path, SILENT);
      return data;
    };
    const moments: { readonly calls: number; readonly holds: Step["holds"] }[] = [];
    disk.record(() => {
      reopen();
      moments.push({ calls: disk.calls.length, holds: () => {} });
      for (const { act, holds } of script(() => data, reopen)) {
        act();
        moments.push({ calls: disk.calls.length, holds });
      }
    });
    data.close();
    const tried = new Set<string>();
    moments.forEach(({ calls, holds }, at) => {
      const end = moments[at + 1]?.calls ?? calls + 1;
      for (let count = calls; count < end; count++) {
        const done = disk.calls.slice(0, count);
        for (const chosen of choices(done, Infinity)) {
          const image = imageAfter(done, root, chosen);
          const key = `${at} ${hashOf(image)}`;
          if (tried.has(key)) continue;
          tried.add(key);
          check(image, join(folder, String(tried.size)), holds, `step ${at}, call ${count}: ${chosen}`);
        }
      }
    });
    assert.ok(tried.size > 20, `${tried.size} states`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function check(image: Image, root: string, holds: Step["holds"], what: string): void {
  writeImage(image, root);
  try {
    // The second start finds what the first one left.
    for (const _ of [1, 2]) holds(start(join(root, "data")));
  } catch (error) {
    (error as Error).message += ` (${what})`;
    throw error;
  }
  rmSync(root, { recursive: true });
}

function start(path: string): Found {
  const data = openDataDirectory(path, SILENT);
  try {
    const logs = data
      .recover()
      .map(({ source, firstOffer, segments }) => [source, foundLog(firstOffer, segments)] as const);
    assert.equal(new Set(logs.map(([source]) => source)).size, logs.length);
    return { logs: new Map(logs), known: data.knownLedger() };
  } finally {
    data.close();
  }
}

function foundLog(firstOffer: LedgerRef | null, segments: LogTail["segments"]): FoundLog {
  const hits: number[] = [];
  for (const segment of segments) for (const [counter, by] of segment.counts) hits[Number(counter.slice(1)) - 1] = by;
  return { firstOffer, hits: Array.from(hits, (by) => by ?? 0), cuts: segments.map(({ to }) => to) };
}
