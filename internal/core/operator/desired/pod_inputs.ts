import { admittedTemplate } from "../admitted_env.ts";
import type { CounterCluster, ManagedEtcd } from "../counter_cluster.ts";
import type { RenderedPods } from "../rollout.ts";
import type { Transport } from "../transport.ts";
import { allowedHosts } from "./counter_access.ts";

/**
 * The fields of the spec on which the counters' pods depend. A field that is added to the definition later, with a default, may be included
 * only if its value is not the default. Otherwise an upgrade would change all existing resources and restart their pods.
 */
export function counterInputs(cluster: CounterCluster, { peers, store }: Transport): RenderedPods["inputs"] {
  const { spec } = cluster;
  const { image, imagePullPolicy, imagePullSecrets, resources, region, journal, limits, scheduling } = spec;
  const { access, drainSeconds } = spec;
  const { managed, external } = spec.store.etcd;
  return plain({
    ...{ image, imagePullPolicy, imagePullSecrets, resources, region, journal, limits, scheduling },
    ...{ access, allowedHosts: allowedHosts(cluster), drainSeconds, podTemplate: admittedTemplate(cluster) },
    store: external ?? { members: managed?.members, ...(store === "tls" && { tls: true }) },
    ...(peers !== "plain" && { tls: peers }),
  });
}

/**
 * The fields on which the store's pods depend. The counters' image and its pull policy are not among them: a new image, or a wrong one, must
 * not restart the store. The secrets are, because they also pull the images of the store's pods. `trust`: identifies the
 * trusted authorities, which etcd reads only when it starts; null: without TLS.
 */
export function etcdInputs(
  { spec }: CounterCluster,
  { image, resources, storage }: ManagedEtcd,
  trust: string | null,
): RenderedPods["inputs"] {
  const { imagePullSecrets, drainSeconds } = spec;
  const { affinity: _, ...scheduling } = spec.scheduling;
  return plain({
    image,
    resources,
    storage,
    imagePullSecrets,
    drainSeconds,
    scheduling,
    ...(trust !== null && { tls: { trust } }),
  });
}

/** The same value as after it was written to an annotation and read again: without undefined fields. */
function plain(inputs: object): RenderedPods["inputs"] {
  return JSON.parse(JSON.stringify(inputs));
}
