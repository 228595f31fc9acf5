import { linkSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import { syncDirectory } from "./durable_files.ts";
import { identityAt } from "./file_identity.ts";
import { hitsIn, type JournalContent, readJournal } from "./journal_reader.ts";

const DAMAGED = /\.journal\.damaged(-\d+)?$/;

/**
 * Keeps the damaged journal at `path` under a name that no recovery reads: a person may still be able to. `content` is null if it has no
 * readable header. Returns what of it can be recovered; null if nothing: the file is then no longer at `path`. Throws JournalError.
 */
export function keepDamaged(
  path: string,
  bytes: Buffer,
  content: JournalContent | null,
  logger: Logger,
): JournalContent | null {
  const recovered = content?.damage?.hidesFirstOffer ? null : content;
  const file = keep(path, recovered === null);
  const fields = {
    file,
    bytes: bytes.length,
    recovered: hitsBefore(recovered),
    unplaced: unplacedHits(bytes, content),
  };
  if (content === null) logger.error("journal has no readable header; set aside", fields);
  else logger.error("journal is damaged; kept, and its hits behind the damage are not counted", fields);
  return recovered;
}

/** Hits that can be read in the damaged journals of `folder`, and of which nobody can tell whether the ledger has them. */
export function damagedHits(folder: string): number {
  const files = readdirSync(folder).filter((name) => DAMAGED.test(name));
  return files.reduce((hits, name) => hits + unplacedIn(join(folder, name)), 0);
}

function unplacedIn(path: string): number {
  const bytes = readFileSync(path);
  try {
    return unplacedHits(bytes, readJournal(bytes, path));
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return hitsIn(bytes);
  }
}

/** Those that are not recovered as a log. */
function unplacedHits(bytes: Buffer, content: JournalContent | null): number {
  if (content === null) return hitsIn(bytes);
  return (content.damage?.hits ?? 0) + (content.damage?.hidesFirstOffer ? hitsBefore(content) : 0);
}

function hitsBefore(content: JournalContent | null): number {
  return content === null ? 0 : content.end - content.header.from;
}

/** Links rather than copies: it needs no room. The name is durable before anything can happen to the first one. */
function keep(path: string, alone: boolean): string {
  try {
    const kept = linkedName(path);
    syncDirectory(path);
    if (alone) rmSync(path);
    return kept;
  } catch (cause) {
    throw new JournalError(`Cannot keep damaged journal ${path}: ${(cause as Error).message}`, true, { cause });
  }
}

/** A crash may have left the file under both names. An earlier journal of the same source may have been damaged, too. */
function linkedName(path: string): string {
  for (let at = 1; ; at++) {
    const name = `${path}.damaged${at > 1 ? `-${at}` : ""}`;
    const found = identityAt(name);
    if (found === null) linkSync(path, name);
    if (found === null || found === identityAt(path)) return name;
  }
}
