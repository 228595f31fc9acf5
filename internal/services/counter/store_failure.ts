import type { StoreState } from "../../core/cluster/cluster_view.ts";
import type { StoreError, StoreErrorKind } from "../../ports/store.ts";

/** How a store that failed is, for people: what its client said in its own words is for the log. */
export interface StoreTrouble {
  readonly store: StoreState;
  readonly detail: string;
}

export function storeTrouble({ kind }: StoreError): StoreTrouble {
  return TROUBLES[kind];
}

const SILENT: StoreTrouble = { store: "away", detail: "the store does not answer" };

const TROUBLES: Readonly<Record<StoreErrorKind, StoreTrouble>> = {
  away: SILENT,
  unknown: SILENT,
  locked: { store: "locked", detail: "another process holds the store's lock" },
  full: { store: "full", detail: "the store has no space left; the nodes' logs say what to do" },
  denied: { store: "away", detail: "the store refuses this cluster; the nodes' logs say why" },
  replaced: { store: "away", detail: "the store's file was replaced or deleted under the running nodes" },
};
