import type { Pod } from "./children.ts";
import type { Component } from "./desired/names.ts";

/** Pods of one component that are not being deleted. */
export function livePods(pods: readonly Pod[], component: Component): Pod[] {
  return pods.filter((pod) => componentOf(pod) === component && pod.metadata.deletionTimestamp === undefined);
}

export function componentOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.["app.kubernetes.io/component"];
}
