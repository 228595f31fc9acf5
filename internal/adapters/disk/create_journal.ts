import { endOf } from "../../core/log/batch.ts";
import { JournalError, type JournalState } from "../../ports/journal.ts";
import { syncDirectory } from "./durable_files.ts";
import { JournalFile, type JournalFolder, journalPath, refuseToOverwrite } from "./journal_file.ts";
import { journalText } from "./journal_lines.ts";
import { replaceLocked } from "./locked_file.ts";

/**
 * Creates a journal with `state`, synced together with its directory entry. Throws JournalError if that source has a journal already, or if
 * writing fails.
 */
export function createJournal(folder: JournalFolder, state: JournalState): JournalFile {
  const path = journalPath(folder, state.source);
  folder.refuseIfUnlocked();
  refuseToOverwrite(path);
  const text = journalText(state, null);
  try {
    const file = replaceLocked(path, text);
    const journal = new JournalFile(folder, {
      source: state.source,
      file,
      length: Buffer.byteLength(text),
      end: endOf(state),
      size: 0,
    });
    syncDirectory(path);
    // A process that took the directory before the file had its name did not see it.
    folder.refuseIfUnlocked();
    return journal;
  } catch (cause) {
    folder.open.get(state.source)?.remove();
    throw new JournalError(`Cannot create journal ${path}: ${(cause as Error).message}`, true, { cause });
  }
}
