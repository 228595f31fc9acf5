import { ftruncateSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SourceId } from "../../core/log/batch.ts";
import { JournalError, type RecoveredLog } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import { keepDamaged } from "./damaged_journals.ts";
import { inUse } from "./directory_lock.ts";
import { syncDirectory, UNFINISHED } from "./durable_files.ts";
import { isFileLocked } from "./file_lock.ts";
import { JournalFile, type JournalFolder, journalPath } from "./journal_file.ts";
import { noteLines } from "./journal_lines.ts";
import { type JournalContent, readJournal } from "./journal_reader.ts";
import { replaceLocked } from "./locked_file.ts";

/** Opens every journal of `folder` that has uncommitted hits, and deletes the others, but nothing that was damaged. Throws JournalError. */
export function recoverJournals(folder: JournalFolder, logger: Logger): RecoveredLog[] {
  const found = new Map<SourceId, JournalContent>();
  for (const source of listJournals(folder)) {
    const content = readJournalOf(folder, source, logger);
    if (content !== null) found.set(source, content);
  }
  forgetReplaced(folder, found);
  return [...found.values()]
    .filter((content) => !deleteCovered(folder, content))
    .map((content) => openLog(folder, content));
}

/** Content of one journal; null if there is none, or if it is too damaged to be placed. Throws JournalError. */
export function readJournalOf(folder: JournalFolder, source: SourceId, logger: Logger): JournalContent | null {
  const path = journalPath(folder, source);
  const bytes = readIfThere(path);
  if (bytes === null) return null;
  const content = readJournal(bytes, path);
  if (content !== null && content.header.source !== source) throw misnamed(path, content);
  if (content === null || content.damage !== null) return keepDamaged(path, bytes, content, logger);
  if (content.validLength < bytes.length) warnOfTail(path, bytes, content, logger);
  return content;
}

/** Opens a journal that was read, without what follows its first broken line. Throws JournalError. */
export function openJournal(folder: JournalFolder, content: JournalContent): JournalFile {
  const { source } = content.header;
  const path = journalPath(folder, source);
  try {
    const { file, length } = takeOver(path, content);
    const journal = new JournalFile(folder, { source, file, length, end: content.end, size: length });
    syncDirectory(path);
    // A process that starts now may have opened the dead process's file, which nobody holds.
    folder.refuseIfUnlocked();
    return journal;
  } catch (cause) {
    folder.open.get(source)?.close();
    throw new JournalError(`Cannot open journal ${path}: ${(cause as Error).message}`, true, { cause });
  }
}

/** As a new file, because only an empty one can be locked. If there is no room for it, as it is. */
function takeOver(path: string, { validLength, damage, firstOffer }: JournalContent) {
  try {
    const bytes = readFileSync(path);
    // The first offer may stand behind the damage, or have lost its second line.
    const rest = validLength < bytes.length && firstOffer !== null ? noteLines(firstOffer) : "";
    const content = Buffer.concat([bytes.subarray(0, validLength), Buffer.from(rest)]);
    return { file: replaceLocked(path, content), length: content.length };
  } catch (error) {
    // The damaged file is kept under another name, and must not be cut.
    if (damage !== null) throw error;
    const fd = openSync(path, "r+");
    ftruncateSync(fd, validLength);
    return { file: { fd, unlock: () => {} }, length: validLength };
  }
}

function openLog(folder: JournalFolder, content: JournalContent): RecoveredLog {
  const { header, firstOffer, born, segments } = content;
  const { source, formerly = [], region, base, shown } = header;
  const journal = openJournal(folder, content);
  const age = born === undefined ? { firstOffer } : { firstOffer, born };
  return { journal, source, formerly, region, base, ...age, shown, segments };
}

/** Sources that have a journal in `folder`. Deletes what a crash left unfinished. */
export function listJournals(folder: JournalFolder): SourceId[] {
  for (const name of readdirSync(folder.path))
    if (name.endsWith(UNFINISHED)) rmSync(join(folder.path, name), { force: true });
  return sourcesIn(folder);
}

/**
 * Throws JournalError if another process has one of the journals open. The lock of the directory does not tell if somebody deleted its
 * file. Changes nothing.
 */
export function refuseJournalsInUse(folder: JournalFolder): void {
  for (const source of sourcesIn(folder)) {
    const path = journalPath(folder, source);
    if (!folder.open.has(source) && isFileLocked(path)) throw new JournalError(inUse(path), true);
  }
}

function sourcesIn(folder: JournalFolder): SourceId[] {
  return readdirSync(folder.path).flatMap((name) => /^([0-9a-f]{16})\.journal$/.exec(name)?.[1] ?? []);
}

/** A crash between a rename and the deletion of the older file leaves the same hits under two names. */
function forgetReplaced(folder: JournalFolder, found: Map<SourceId, JournalContent>): void {
  const replaced = [...found.values()]
    .flatMap(({ header }) => header.replaces ?? [])
    .filter((source) => found.delete(source));
  for (const source of replaced) rmSync(journalPath(folder, source), { force: true });
  // Durable before the newer file can be deleted: the older one alone would be counted again.
  if (replaced.length > 0) syncDirectory(journalPath(folder, replaced[0]!));
}

function deleteCovered(folder: JournalFolder, { header, end }: JournalContent): boolean {
  const covered = end <= header.shown;
  if (covered) rmSync(journalPath(folder, header.source), { force: true });
  return covered;
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new JournalError(`Cannot read journal ${path}: ${(cause as Error).message}`, true, { cause });
  }
}

function misnamed(path: string, { header }: JournalContent): JournalError {
  return new JournalError(
    `Cannot use journal ${path}: it is that of source ${header.source}, and a copy would count hits twice. Delete it, or give it its name back`,
    true,
  );
}

function warnOfTail(path: string, bytes: Buffer, { validLength }: JournalContent, logger: Logger): void {
  logger.warn("journal was truncated at its first broken line", {
    file: path,
    kept: validLength,
    cut: bytes.length - validLength,
  });
}
