import { existsSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { createLog } from "../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../internal/adapters/system/system_random.ts";
import { UnreadableLedger } from "../internal/core/ledger/ledger_encoding.ts";
import { UNKNOWN_VERSION } from "../internal/core/ledger/loss_detection.ts";
import { StoreError } from "../internal/ports/store.ts";
import { Adopter, type LostHits, type Proposal } from "../internal/services/adoption/adoption.ts";
import { columns, numberText } from "./cli/text.ts";
import { openStore } from "./open_store.ts";
import { adoptCommand } from "./settings/adopt_settings.ts";
import { EXIT_SETTINGS, settingsFromProcess } from "./settings/from_process.ts";

/** Milliseconds. */
const LONG_WAIT = 2_000;

const settings = settingsFromProcess(adoptCommand);
const logger = createLog({ format: "text", name: "adopt" });

try {
  process.exitCode = await adopt();
} catch (error) {
  if (!(error instanceof StoreError) && !(error instanceof UnreadableLedger)) throw error;
  console.error(`Not adopted: ${error.message}`);
  process.exitCode = 1;
}

/** Resolves to the exit code: 0 adopted or nothing to adopt, 1 not adopted, 2 no such store. */
async function adopt(): Promise<number> {
  const { store: place } = settings;
  // Opening would make one, as it does for nodes.
  if (place.kind === "sqlite" && !existsSync(place.file)) {
    console.error(
      `Not adopted: there is no store at ${place.file}. Name the one that the nodes use (setting --store).`,
    );
    return EXIT_SETTINGS;
  }
  const { store, close } = await patiently(openStore(settings.store, null, clock, logger));
  try {
    const desk = new Adopter(store);
    const proposal = await patiently(desk.propose());
    if (!proposal) {
      console.log("Nothing to adopt: no leader has reported this store as lost.");
      return 0;
    }
    console.log(describe(proposal));
    const agreement = settings.yes ? "agreed" : await askForAgreement();
    if (agreement !== "agreed") {
      const noAnswer = "\nNothing was changed. (No answer came; --yes goes on without asking.)";
      console.log(agreement === "no answer" ? noAnswer : "Nothing was changed.");
      return 1;
    }
    const adopted = await patiently(desk.adopt(random.id()));
    console.log(adopted ? "Adopted. Nodes follow within a round or two." : "The store changed meanwhile. Look again.");
    return adopted ? 0 : 1;
  } finally {
    await close();
  }
}

/** Says that it waits, when that is long enough for a person to wonder. */
async function patiently<T>(work: Promise<T>): Promise<T> {
  const saying = setTimeout(() => console.error("Waiting for the store..."), LONG_WAIT);
  return work.finally(() => clearTimeout(saying));
}

function describe({ found, known, lost: givenUp }: Proposal): string {
  const has = found
    ? `version ${found.version} of ledger ${found.id}, with ${numberText(found.total)} hits`
    : "no ledger";
  return [
    `The store has ${has}. But:`,
    ...seenBy(known),
    "",
    ...(givenUp === null ? [] : [...lossOf(givenUp), ""]),
    "If the right store can still be brought back, do that instead: nodes go on counting meanwhile.",
    "Adopting makes what the store has a new ledger, which all these nodes will follow. What they hold and nobody has shown",
    "as committed will be added to it; hits that were committed and are not in the store are lost for good.",
    "",
  ].join("\n");
}

/** A line for all nodes that have seen the same. */
function seenBy(known: Proposal["known"]): string[] {
  const names = new Map<string, string[]>();
  for (const { name, id, version } of known) {
    const what =
      version === UNKNOWN_VERSION ? `ledger ${id} is named by` : `version ${version} of ledger ${id} was seen by`;
    names.set(what, [...(names.get(what) ?? []), name]);
  }
  return [...names].map(([what, who]) => `  ${what} ${who.sort().join(", ")}`);
}

function lossOf({ seen, found, counters }: LostHits): string[] {
  if (seen <= found && counters.length === 0)
    return ["No hit that the leader had seen committed is missing in the store."];
  const all = `${numberText(seen)} hits were seen committed, and the store has ${numberText(found)}.`;
  const rows = counters.map((row) => [
    `  ${row.counter}`,
    numberText(row.seen),
    numberText(row.found),
    numberText(row.seen - row.found),
  ]);
  if (rows.length === 0) return [all];
  return [`${all} Given up:`, ...columns([["  COUNTER", "SEEN", "STORE", "LOST"], ...rows], [false, true, true, true])];
}

async function askForAgreement(): Promise<"agreed" | "declined" | "no answer"> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // The question itself waits for ever when the input ends.
  const ended = new Promise<null>((resolve) => terminal.once("close", () => resolve(null)));
  const answer = await Promise.race([terminal.question('Type "adopt" to go on: '), ended]);
  terminal.close();
  if (answer === null) return "no answer";
  return answer.trim() === "adopt" ? "agreed" : "declined";
}
