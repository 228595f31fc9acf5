import { watermarkOf } from "../../internal/core/ledger/ledger.ts";
import { placeOf } from "../../internal/core/ledger/log_place.ts";
import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import type { StoredLedger } from "./leader_steps.ts";
import type { NodeState, PlainLog } from "./node_state.ts";
import { canonical, Violation } from "./parts.ts";

/**
 * A node that has just adopted a snapshot judges each of its logs as a leader at that version does (docs/protocol.md, Place). Throws
 * Violation.
 *
 * - A log that goes on: the ledger goes on where its holder does, or before, and then the holder knows that it waits.
 * - A log that is set aside: the ledger has no place for it, or goes on where its holder has no cut.
 */
export function checkAgreement(
  before: NodeState,
  after: NodeState,
  publication: Publication,
  { ledger }: StoredLedger,
) {
  if (canonical(after.page.ledger) !== canonical(publication.shared.ledger?.ledger)) return;
  const told = new Set(publication.watermarks.map(({ source }) => source));
  if (!sourcesOf(before).every((source) => told.has(source))) return;
  const earlier = new Map(logsOf(before).map((log) => [log.id, log]));
  for (const log of logsOf(after)) {
    const isDone = log.closed && log.end === log.shown;
    if (!log.firstOffer || !log.placed || isDone || !told.has(log.id)) continue;
    const place = placeOf({ base: log.base, firstOffer: log.firstOffer }, factsOf(log, ledger));
    const was = earlier.get(log.id);
    if (!log.indeterminate) checkGoesOn(log, place);
    else if (was && !was.indeterminate) checkSetAside(was, place);
  }
}

function factsOf({ id }: PlainLog, ledger: StoredLedger["ledger"]) {
  return { id: ledger.id, prunedTo: ledger.prunedTo, watermark: watermarkOf(ledger, id) };
}

function checkGoesOn({ id, shown, gap }: PlainLog, place: ReturnType<typeof placeOf>): void {
  if (place === shown || (typeof place === "number" && place < shown && gap)) return;
  throw new Violation(`the holder of log ${id} goes on at ${shown}, a leader says: ${place}`);
}

function checkSetAside(was: PlainLog, place: ReturnType<typeof placeOf>): void {
  if (typeof place === "string" || was.gap) return;
  const cuts = [was.shown, ...was.segments.map(({ to }) => to)];
  if (cuts.includes(place) || (was.closed && place >= was.end))
    throw new Violation(`the holder of log ${was.id} sets it aside, and a leader goes on with it at ${place}`);
}

/** The sources that a node lists: `HeldLogs.sources`. */
export function sourcesOf(node: NodeState): string[] {
  return logsOf(node).flatMap(({ firstOffer, formerly, id }) => (firstOffer ? [...formerly, id] : []));
}

function logsOf({ own, carried }: NodeState): readonly PlainLog[] {
  return own ? [own, ...carried] : carried;
}
