import type { Batch, LedgerPosition } from "../log/batch.ts";
import { type Ledger, watermarkOf, writerOf } from "./ledger.ts";
import { placeOf } from "./log_place.ts";

const NEXT_STEP =
  "Counting goes on. Bring the store back, or go on without it: npm run adopt (in Kubernetes: kubectl exec -it deploy/NAME -- node cmd/adopt.ts)";

/** What a leader may do with the ledger that it read, given what nodes have seen (docs/protocol.md, Identity). */
export type LedgerStatus =
  /** The ledger may be written. */
  | { readonly kind: "current" }
  /** There is no ledger and nobody knows one. It may be created. */
  | { readonly kind: "absent" }
  /** There is no ledger, and some nodes have not been heard yet. */
  | { readonly kind: "unsure" }
  /** The ledger is missing, or older than one that nodes have seen. `detail`: a sentence for people. */
  | { readonly kind: "lost"; readonly detail: string };

/** A node and the newest ledger that it has seen. */
export interface NodeKnowledge {
  readonly name: string;
  readonly known: LedgerPosition | null;
}

/** The first batch that a node offers of a log. */
export interface NodeOffer {
  readonly name: string;
  readonly batch: Batch;
}

/** Version of a ledger of which only the id is known. Real versions begin with 1. */
export const UNKNOWN_VERSION = 0;

/**
 * Judges the store's ledger. `everyoneHeard`: each listed node has been heard, or could not be reached. `offers`: first batches that came
 * before the ledger was read. If the reader still leads, the ledger that it read has everything that was ever shown of their logs.
 * `leftover`: an entry that the store has though it has no \`head\`; null: none.
 */
export function ledgerStatus(
  ledger: Ledger | null,
  nodes: readonly NodeKnowledge[],
  everyoneHeard: boolean,
  offers: readonly NodeOffer[] = [],
  leftover: string | null = null,
): LedgerStatus {
  const offer = ledger && offers.find(({ batch }) => contradicts(batch, ledger));
  if (offer) return { kind: "lost", detail: explainOffer(ledger, offer) };
  const witness = newest(nodes.filter(({ known }) => known && (!ledger || isAheadOf(known, ledger))));
  if (witness?.known) return { kind: "lost", detail: explain(ledger, witness.name, witness.known) };
  if (leftover !== null) return { kind: "lost", detail: explainLeftover(leftover) };
  if (ledger) return { kind: "current" };
  return { kind: everyoneHeard ? "absent" : "unsure" };
}

/** Whether a node that knows `known` may take part in `ledger`. */
export function mayJoin(known: LedgerPosition | null, ledger: Ledger): boolean {
  return known === null || known.id === ledger.id || ledger.adoptions.some((adoption) => adoption.ledger === known.id);
}

/** Whether `known` is a version of the same ledger that is not in its past: it does not exist there, or another term wrote it. */
export function isAheadOf(known: LedgerPosition, ledger: Ledger): boolean {
  if (known.id !== ledger.id) return false;
  const writer = writerOf(ledger, known.version);
  return known.version > ledger.version || (writer !== undefined && writer !== known.writer);
}

/**
 * Whether the first batch that a holder offers of its log proves that this ledger lost something. That is so in two cases: the log was
 * first offered to a version that the ledger does not have yet, or the batch begins past the watermark, where a snapshot must have shown
 * the hits before it. A batch that begins at the log's base proves nothing: this ledger has shown nothing of the log, and another holder,
 * rebased from an earlier watermark, may be behind.
 */
export function contradicts(batch: Batch, ledger: Ledger): boolean {
  const { source, base, firstOffer, from } = batch;
  const place = placeOf(batch, { ...ledger, watermark: watermarkOf(ledger, source) });
  if (typeof place === "string") return false;
  return firstOffer.version > ledger.version || (from > base && from > place);
}

function newest(nodes: readonly NodeKnowledge[]): NodeKnowledge | undefined {
  return nodes.reduce<NodeKnowledge | undefined>(
    (best, node) => ((best?.known?.version ?? -1) < (node.known?.version ?? -1) ? node : best),
    undefined,
  );
}

function explainOffer(ledger: Ledger, { name, batch }: NodeOffer): string {
  const seen =
    batch.firstOffer.version > ledger.version
      ? `version ${batch.firstOffer.version}`
      : `hit ${batch.from} of log ${batch.source} committed, where the store has ${watermarkOf(ledger, batch.source) ?? batch.base}`;
  return `the store has version ${ledger.version} of the ledger (restored from a backup?), but ${name} has seen ${seen}. ${NEXT_STEP}`;
}

function explainLeftover(entry: string): string {
  return `the store has the entry "${entry}" of a ledger, but not its entry "head". ${NEXT_STEP}`;
}

function explain(ledger: Ledger | null, name: string, known: LedgerPosition): string {
  const found = ledger ? `version ${ledger.version} of the ledger (restored from a backup?)` : "no ledger (wiped?)";
  const seen = known.version === UNKNOWN_VERSION ? "names" : `has seen version ${known.version} of`;
  return `the store has ${found}, but ${name} ${seen} ledger ${known.id}. ${NEXT_STEP}`;
}
