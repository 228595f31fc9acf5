import type { Pod } from "./children.ts";

/** What an operator may expect of a counter pod. Pods of the release 0.1 have no such annotation. */
export const INTERFACE = "globalcluster.dev/interface";

/** On pods that have an admin port, and that find each other by EndpointSlices. */
export const CURRENT_INTERFACE = { [INTERFACE]: "2" } as const;

interface Annotated {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Whether a pod, or a pod template, is one of an earlier operator. */
export function isOlder({ metadata }: Annotated): boolean {
  return metadata?.annotations?.[INTERFACE] !== CURRENT_INTERFACE[INTERFACE];
}

/** Whether there are counter pods of an earlier operator, or will be. They stay as they are until the resource asks for other pods. */
export function hasOlderPods(pods: readonly Pod[], template: Annotated): boolean {
  const counters = pods.filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] === "counter");
  return [template, ...counters].some(isOlder);
}
