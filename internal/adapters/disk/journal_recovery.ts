import { ftruncateSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SourceId } from "../../core/log/batch.ts";
import { JournalError, type RecoveredLog } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import { syncDirectory, UNFINISHED } from "./durable_files.ts";
import { JournalFile, type JournalFolder, journalPath } from "./journal_file.ts";
import { type JournalContent, readJournal } from "./journal_reader.ts";

/** Opens every journal of `folder` that has uncommitted hits, and deletes the others. Throws JournalError. */
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

/** Content of one journal; null if there is none, or if its header is damaged. Throws JournalError. */
export function readJournalOf(folder: JournalFolder, source: SourceId, logger: Logger): JournalContent | null {
  const path = journalPath(folder, source);
  const bytes = readIfThere(path);
  if (bytes === null) return null;
  const content = readJournal(bytes, path);
  if (content === null) setAside(path, bytes, logger);
  else if (content.header.source !== source) throw misnamed(path, content);
  else if (content.validLength < bytes.length) warnOfTail(path, bytes, content, logger);
  return content;
}

/** Opens a journal that was read, and truncates it after its last undamaged line. Throws JournalError. */
export function openJournal(folder: JournalFolder, { header, validLength, end }: JournalContent): JournalFile {
  const path = journalPath(folder, header.source);
  try {
    const fd = openSync(path, "r+");
    ftruncateSync(fd, validLength);
    return new JournalFile(folder, { source: header.source, fd, length: validLength, end, size: validLength });
  } catch (cause) {
    throw new JournalError(`Cannot open journal ${path}: ${(cause as Error).message}`, true, { cause });
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
  const names = readdirSync(folder.path);
  for (const name of names) if (name.endsWith(UNFINISHED)) rmSync(join(folder.path, name), { force: true });
  return names.flatMap((name) => /^([0-9a-f]{16})\.journal$/.exec(name)?.[1] ?? []);
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

/** A journal gets its name only once it has a complete header, so this is damage. A person may still be able to read it. */
function setAside(path: string, bytes: Buffer, logger: Logger): void {
  renameSync(path, `${path}.damaged`);
  logger.error("journal has no readable header; set aside", {
    file: `${path}.damaged`,
    bytes: bytes.length,
  });
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
