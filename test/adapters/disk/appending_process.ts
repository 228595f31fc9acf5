/**
 * A process that appends single hits to the journal of `argv[3]` in the data directory `argv[2]` and writes to standard output,
 * after each, how many it has acknowledged. Every hundredth hit it seals, every five hundredth it rewrites. A failed append is
 * reported as `refused <intact>`; after the third the process ends. What was deleted of the directory it makes anew, as a node does.
 */
import { writeSync } from "node:fs";
import { openDataDirectory } from "../../../internal/adapters/disk/data_directory.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import { type Journal, JournalError } from "../../../internal/ports/journal.ts";

const [path, source] = process.argv.slice(2) as [string, string];
const ONE = new Map([["visits", 1]]);
const directory = openDataDirectory(path, createLog({ format: "text", name: "child" }));
const journal = directory.create(source, "eu");
let acknowledged = 0;
for (let refused = 0; refused < 3; ) {
  try {
    journal.append(ONE);
    acknowledged++;
    writeSync(1, `${acknowledged}\n`);
    if (acknowledged % 100 === 0) journal.seal();
    if (acknowledged % 500 === 0) rewrite(journal);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    if (renewed()) continue;
    writeSync(1, `refused ${error.intact}\n`);
    refused++;
  }
}

/** Whether something is missing; it may take several attempts while another process tries to start here. */
function renewed(): boolean {
  if (directory.missing() === null) return false;
  try {
    directory.renew();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
  }
  return true;
}

function rewrite(journal: Journal): void {
  const segments = [{ from: 0, to: acknowledged, counts: new Map([["visits", acknowledged]]) }];
  journal.rewrite({ source, formerly: [], region: "eu", base: 0, firstOffer: null, shown: 0, segments, open: true });
}
