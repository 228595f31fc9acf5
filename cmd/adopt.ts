import { existsSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { createLog } from "../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../internal/adapters/system/system_random.ts";
import { UnreadableLedger } from "../internal/core/ledger/entry_fields.ts";
import { UNKNOWN_VERSION } from "../internal/core/ledger/loss_detection.ts";
import { CertificatesError } from "../internal/ports/certificates.ts";
import { StoreError } from "../internal/ports/store.ts";
import { Adopter, type AdoptOutcome, type LostHits, type Proposal } from "../internal/services/adoption/adoption.ts";
import { printError, printLines } from "./cli/output.ts";
import { columns, numberText } from "./cli/text.ts";
import { openStore } from "./node/open_store.ts";
import { EXIT_INTERRUPTED } from "./process/stop_signals.ts";
import { adoptCommand } from "./settings/adopt_settings.ts";
import { EXIT_SETTINGS, settingsFromProcess } from "./settings/read/from_process.ts";

/** A person wonders after this time. */
const LONG_WAIT_MS = 2_000;

const UNCHANGED = {
  declined: "Nothing was changed.",
  "no answer": "\nNothing was changed, because there was no answer. (--yes adopts without asking.)",
  interrupted: "\nNothing was changed.",
} as const;

const SEE_AGAIN =
  'Run the command again when the store answers. It says "Nothing to adopt" if the adoption has taken effect.';

const settings = settingsFromProcess(adoptCommand);
const logger = createLog({ format: "text", name: "adopt" });

try {
  process.exitCode = await adopt();
} catch (error) {
  if (![StoreError, UnreadableLedger, CertificatesError].some((kind) => error instanceof kind)) throw error;
  printError(`Not adopted: ${(error as Error).message}`);
  process.exitCode = 1;
}

/** Resolves to the exit code: 0 adopted or nothing to adopt, 1 not adopted, 2 there is no such store, 130 Ctrl-C. */
async function adopt(): Promise<number> {
  const { store: place } = settings;
  // To open a store that does not exist would create it, as it does for nodes.
  if (place.kind === "sqlite" && !existsSync(place.file)) {
    printError(`Not adopted: there is no store at ${place.file}. Set --store to the store of the nodes.`);
    return EXIT_SETTINGS;
  }
  const { store, close } = await withProgress(openStore(place, null, clock, logger));
  try {
    return await adoptFrom(new Adopter(store));
  } finally {
    await close();
  }
}

async function adoptFrom(adopter: Adopter): Promise<number> {
  const proposal = await withProgress(adopter.propose());
  if (!proposal) {
    printLines("Nothing to adopt: no leader has reported this store as lost.");
    return 0;
  }
  printLines(describe(proposal));
  const answer = settings.yes ? "adopt" : await ask();
  if (answer !== "adopt") {
    printLines(UNCHANGED[answer]);
    return answer === "interrupted" ? EXIT_INTERRUPTED : 1;
  }
  return report(await withProgress(adopter.adopt(random.id())));
}

/** Says what became of the adoption. Returns the exit code. */
function report(outcome: AdoptOutcome): number {
  if (outcome.kind === "adopted") printLines("Adopted. The nodes follow within a round or two.");
  else if (outcome.kind === "changed")
    printLines("Nothing was changed, because the store changed meanwhile. Run the command again.");
  else printError(`It is unknown whether the store was adopted: ${outcome.failure.message}\n${SEE_AGAIN}`);
  return outcome.kind === "adopted" ? 0 : 1;
}

/** Writes a line if the work takes longer than a person expects. */
async function withProgress<T>(work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => printError("Waiting for the store..."), LONG_WAIT_MS);
  return work.finally(() => clearTimeout(timer));
}

function describe({ found, known, lost }: Proposal): string {
  const content = found
    ? `version ${found.version} of ledger ${found.id}, with ${numberText(found.total)} hits`
    : "no ledger";
  return [
    `The store has ${content}. But:`,
    ...seenBy(known),
    "",
    ...(lost === null ? [] : [...lossOf(lost), ""]),
    "If you can still bring the right store back, do that instead: the nodes keep counting meanwhile.",
    "If you adopt this store, its content becomes a new ledger that all nodes follow. The nodes add the hits that they",
    "still hold. Hits that were committed and are not in the store are lost forever.",
    "",
  ].join("\n");
}

/** One line for all nodes that have seen the same version. */
function seenBy(known: Proposal["known"]): string[] {
  const names = new Map<string, string[]>();
  for (const { name, id, version } of known) {
    const what =
      version === UNKNOWN_VERSION ? `ledger ${id} is named by` : `version ${version} of ledger ${id} was seen by`;
    names.set(what, [...(names.get(what) ?? []), name]);
  }
  return [...names].map(([what, nodes]) => `  ${what} ${nodes.sort().join(", ")}`);
}

function lossOf({ seen, found, counters }: LostHits): string[] {
  if (seen <= found && counters.length === 0) return ["The store has every hit that the leader had seen committed."];
  const all = `The leader had seen ${numberText(seen)} committed hits, and the store has ${numberText(found)}.`;
  const rows = counters.map((row) => [
    `  ${row.counter}`,
    numberText(row.seen),
    numberText(row.found),
    numberText(row.seen - row.found),
  ]);
  if (rows.length === 0) return [all];
  return [`${all} Lost:`, ...columns([["  COUNTER", "SEEN", "STORE", "LOST"], ...rows], [false, true, true, true])];
}

async function ask(): Promise<"adopt" | keyof typeof UNCHANGED> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // `question` never resolves if the input ends.
  const ended = new Promise<"no answer">((resolve) => terminal.once("close", () => resolve("no answer")));
  const interrupted = new Promise<"interrupted">((resolve) => terminal.once("SIGINT", () => resolve("interrupted")));
  const text = terminal.question('Type "adopt" to adopt it: ').then(
    (line) => (line.trim() === "adopt" ? "adopt" : "declined"),
    () => "no answer" as const,
  );
  const answer = await Promise.race([text, interrupted, ended]);
  terminal.close();
  return answer;
}
