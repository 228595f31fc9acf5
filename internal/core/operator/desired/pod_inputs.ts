import type { CounterCluster, ManagedEtcd } from "../counter_cluster.ts";
import type { RenderedPods } from "../rollout.ts";

/**
 * What of the spec the counters' pods depend on. A field that is added to the definition with a default belongs in here only when it
 * differs from that: else the resources that were there before would change by it, and their pods restart.
 */
export function counterInputs({ spec }: CounterCluster): RenderedPods["inputs"] {
  const { image, imagePullPolicy, imagePullSecrets, resources, region, journal, limits, scheduling } = spec;
  const { drainSeconds, podTemplate } = spec;
  const { managed, external } = spec.store.etcd;
  return plain({
    ...{ image, imagePullPolicy, imagePullSecrets, resources, region, journal, limits, scheduling },
    ...{ drainSeconds, podTemplate },
    store: external ?? { members: managed?.members },
  });
}

/** The counters' image is not among them: a new one of theirs must not restart the store. */
export function etcdInputs(
  { spec }: CounterCluster,
  { image, resources, storage }: ManagedEtcd,
): RenderedPods["inputs"] {
  const { imagePullPolicy, imagePullSecrets, drainSeconds } = spec;
  const { affinity: _, ...scheduling } = spec.scheduling;
  return plain({ image, resources, storage, imagePullPolicy, imagePullSecrets, drainSeconds, scheduling });
}

/** As it is when it was written to an annotation and read again: without what is undefined. */
function plain(inputs: object): RenderedPods["inputs"] {
  return JSON.parse(JSON.stringify(inputs));
}
