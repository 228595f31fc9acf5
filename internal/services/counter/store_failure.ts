import type { StoreState } from "../../core/cluster/cluster_view.ts";
import type { StoreError, StoreErrorKind } from "../../ports/store.ts";

/** A store's failure for people. The client's own message goes to the log. */
export interface StoreFailure {
  readonly store: StoreState;
  readonly detail: string;
}

/** What people see for an error of the store. */
export function storeFailure({ kind }: StoreError): StoreFailure {
  return FAILURES[kind];
}

const SILENT: StoreFailure = { store: "away", detail: "the store does not answer" };

const FAILURES: Readonly<Record<StoreErrorKind, StoreFailure>> = {
  away: SILENT,
  unknown: SILENT,
  locked: { store: "locked", detail: "another process holds the store's lock" },
  full: { store: "full", detail: "the store has no space left; the nodes' logs say what to do" },
  denied: { store: "away", detail: "the store refuses this cluster; the nodes' logs say why" },
  replaced: { store: "away", detail: "the store's file was replaced or deleted under the running nodes" },
};
