import type { CounterCluster } from "../counter_cluster.ts";
import { LEDGER_NOTE } from "./counter_env.ts";
import { childMeta, ledgerNoteName } from "./names.ts";
import type { DesiredObject } from "./object.ts";

/** Gives every pod the ledger's id as a file. So no pod bootstraps another ledger in a store that was wiped. */
export function ledgerNote(cluster: CounterCluster): DesiredObject[] {
  const ledger = cluster.status?.ledgerID;
  if (ledger === undefined) return [];
  const metadata = childMeta(cluster, "counter", ledgerNoteName(cluster));
  return [{ apiVersion: "v1", kind: "ConfigMap", metadata, data: { [LEDGER_NOTE.key]: ledger } }];
}
