import { fstatSync, ftruncateSync, writeSync } from "node:fs";
import { endOf } from "../../core/log/batch.ts";
import type { JournalState } from "../../ports/journal.ts";
import { journalText } from "./journal_lines.ts";

/** A journal of the same log whose hits are all committed: recovery deletes it. */
export function coveredText(state: JournalState): string {
  return journalText({ ...state, shown: endOf(state), segments: [], open: false }, null);
}

/**
 * Empties a journal that was moved. Otherwise a node that is started on the moved directory would carry the same hits, without knowing a
 * first offer that was recorded only in the new file. It is cut first: whole records behind a shorter header would be taken for a
 * damaged journal.
 */
export function overwriteMoved(fd: number, text: string): void {
  try {
    if (fstatSync(fd).nlink === 0) return;
    ftruncateSync(fd, 0);
    writeSync(fd, text, 0);
  } catch {
    // The new file has the hits. The moved one keeps them, too, like a copy made by hand.
  }
}
