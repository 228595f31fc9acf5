import type { Batch, SourceId } from "../log/batch.ts";
import { sumOf } from "../log/counts.ts";
import { watermarkOf } from "./ledger.ts";
import type { BatchVerdict, LedgerDraft } from "./ledger_draft.ts";

/** A batch that was not counted. The rest of its log must wait for it. */
export interface RefusedBatch {
  /** Id of the node that offered it. */
  readonly node: string;
  readonly batch: Batch;
  readonly verdict: Exclude<BatchVerdict, "counted" | "covered">;
  /** In words, for the log line. */
  readonly why: string;
}

/** Folds a node's batches into `draft` until `most` of them count. Adds the first refused batch of each log to `refused`. */
export function foldBatches(
  draft: LedgerDraft,
  node: string,
  batches: readonly Batch[],
  most: number,
  refused: RefusedBatch[],
): number {
  const blamed = new Set<SourceId>();
  let counted = 0;
  for (const batch of batches) {
    if (counted === most) break;
    const verdict = draft.fold(batch);
    if (verdict === "counted") counted++;
    if (verdict === "counted" || verdict === "covered" || blamed.has(batch.source)) continue;
    blamed.add(batch.source);
    refused.push({ node, batch, verdict, why: explain(draft, batch, verdict) });
  }
  return counted;
}

function explain(
  draft: LedgerDraft,
  { source, base, from, to, counts, firstOffer }: Batch,
  verdict: RefusedBatch["verdict"],
): string {
  const offered = `the log was first offered to version ${firstOffer.version} of ledger ${firstOffer.id}`;
  if (verdict === "foreign") return `${offered}, which is another ledger`;
  if (verdict === "indeterminate") return `${offered}, which has forgotten sources up to version ${draft.prunedTo}`;
  if (verdict === "unconverted")
    return "a counter's name has a /, and the ledger has format 1 until all nodes are upgraded";
  if (verdict === "malformed") return `hits ${from} to ${to} are ${to - from}, its counts sum to ${sumOf(counts)}`;
  return `hits ${from} to ${to} are offered, the ledger has them up to ${watermarkOf(draft, source) ?? base}`;
}
