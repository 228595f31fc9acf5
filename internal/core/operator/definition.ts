import type { Words } from "./counter_cluster.ts";

/** A definition of resources (CustomResourceDefinition), as far as deciding about it needs to know it. */
export interface Definition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Words;
    readonly deletionTimestamp?: string;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** A whole number that grows with every change of the definition. */
const REVISION = "globalcluster.dev/definition";
/** With the number behind it: in each definition its own, with the value `current`. */
const MARK = "globalcluster.dev/definition-";

/** 0 if it does not say. */
export function revisionOf({ metadata }: Definition): number {
  const text = metadata.annotations?.[REVISION] ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/**
 * Who owns these annotations keeps older definitions out: `helm install` of an older chart applies the definition in its crds/ folder
 * before any hook runs, and would lower a newer one. But it also says `definition-3: current`, which is somebody else's field
 * with another value by then: the API server refuses it as a conflict. A newer chart's own number is nobody's yet.
 */
export function marksOfOlder(revision: number): Words {
  const older = Array.from({ length: Math.max(0, revision - 1) }, (_, index) => index + 1);
  return Object.fromEntries(older.map((number) => [`${MARK}${number}`, "superseded"]));
}

/** Whether resources of this kind can be made. */
export function isEstablished({ status }: Definition): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;
}

/** Why the API server does not serve the definition under its names; null: it does, or it did not say. */
export function namesRefused({ status }: Definition): string | null {
  const refused = status?.conditions?.find(({ type, status }) => type === "NamesAccepted" && status === "False");
  return refused ? (refused.message ?? "its names are taken") : null;
}
