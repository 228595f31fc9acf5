import type { StringMap } from "../counter_cluster.ts";

/** An object as the operator applies it: it has only the fields that are ours. */
export interface DesiredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: DesiredMeta;
  readonly [section: string]: unknown;
}

export interface DesiredMeta {
  readonly name: string;
  readonly namespace: string;
  readonly labels: StringMap;
  readonly annotations?: StringMap;
  readonly ownerReferences: readonly ControllerReference[];
}

export interface ControllerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
  readonly blockOwnerDeletion: false;
}
