import { randomBytes } from "node:crypto";
import { FULL_ENTRY_BYTES, MANY_ENTRIES, RECORD_BYTES } from "../../internal/core/ledger/mark_entries.ts";
import { KeptMarks } from "../../internal/core/marks/kept_marks.ts";
import { periodAt } from "../../internal/core/marks/period.ts";
import { resident } from "./resident.ts";

/** What this process tells once. It is told as its argument how many visitors to keep. */
export interface KeptMarksNews {
  readonly kind: "kept";
  readonly marks: number;
  /** Resident bytes that they take. */
  readonly memory: number;
}

/** A million visitors a day are 12 a second. */
const MARKS_A_ROUND = 12;
const WARM_UP_MARKS = 60_000;
const TODAY = periodAt("day", Date.now());

// As in a leader, the young generation is full and the code is compiled before any mark is kept.
keep(new KeptMarks(), WARM_UP_MARKS);
const before = await resident();
const kept = new KeptMarks();
keep(kept, Number(process.argv[2]));
const memory = (await resident()) - before;
process.send?.({ kind: "kept", marks: kept.size, memory } satisfies KeptMarksNews);

/** Round after round, with entries that are put together as a leader does it. */
function keep(marks: KeptMarks, visitors: number): void {
  for (let version = 1; marks.size < visitors; version++) {
    const merged = marks.toMerge(TODAY, MANY_ENTRIES, FULL_ENTRY_BYTES / RECORD_BYTES);
    marks.add(TODAY, version, newMarks(), merged?.version);
  }
}

/** Random, as hashes of visitors are. */
function newMarks() {
  const bytes = randomBytes(MARKS_A_ROUND * RECORD_BYTES);
  return Array.from({ length: MARKS_A_ROUND }, (_, i) => {
    return { high: bytes.readUInt32BE(i * RECORD_BYTES), low: bytes.readUInt32BE(i * RECORD_BYTES + 4) };
  });
}
