import type { StringMap } from "./counter_cluster.ts";

/** The fields of a CustomResourceDefinition that decisions about it need. */
export interface Definition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly annotations?: StringMap;
    readonly deletionTimestamp?: string;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** A whole number that grows with every change of the definition. */
const REVISION = "globalcluster.dev/definition";
/** Followed by a revision. Each definition has the annotation of its own revision, with the value `current`. */
const MARK = "globalcluster.dev/definition-";

/** 0 if the definition has none. */
export function revisionOf({ metadata }: Definition): number {
  const text = metadata.annotations?.[REVISION] ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/**
 * Annotations that keep older definitions out. `helm install` of an older chart applies the definition in its crds/ folder before any hook
 * runs, which would replace a newer one. But the older definition also says `definition-3: current`. By then that field belongs to another
 * field manager and has another value, so the API server refuses the change as a conflict. The revision of a newer chart belongs to nobody yet.
 */
export function marksOfOlder(revision: number): StringMap {
  const older = Array.from({ length: Math.max(0, revision - 1) }, (_, index) => index + 1);
  return Object.fromEntries(older.map((number) => [`${MARK}${number}`, "superseded"]));
}

/** Whether resources of this kind can be created. */
export function isEstablished({ status }: Definition): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;
}

/** Why the API server does not serve the definition under its names; null: it does, or it has not decided yet. */
export function namesRefused({ status }: Definition): string | null {
  const refused = status?.conditions?.find(({ type, status }) => type === "NamesAccepted" && status === "False");
  return refused ? (refused.message ?? "its names are taken") : null;
}
