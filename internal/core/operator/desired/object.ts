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
  readonly ownerReferences: readonly (ControllerReference | PodReference)[];
}

export interface ControllerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
  readonly blockOwnerDeletion: false;
}

/** A pod for which an object must stay, too. */
export interface PodReference {
  readonly apiVersion: "v1";
  readonly kind: "Pod";
  readonly name: string;
  readonly uid: string;
  readonly controller: false;
  readonly blockOwnerDeletion: false;
}
