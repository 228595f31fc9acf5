/** The fields of a pod that determine whether it is a member. */
export interface PodFacts {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly phase?: string; readonly podIP?: string };
}

/** The ports on which a node listens. They are the same in every pod of a cluster. */
export interface NodePorts {
  readonly pages: number;
  readonly peers: number;
}

/** A node that runs in a pod. */
export interface PodMember {
  /** The pod's uid. Its container may restart, but two processes never run in it at once. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly peerAddress: string;
  readonly url: string;
}

/** Kubernetes 1.35 and later copies it from the node: https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesioregion */
const REGION_LABEL = "topology.kubernetes.io/region";
/** The region of a node whose region is not set. */
export const UNKNOWN_REGION = "unknown";
/** Phases in which a pod's containers have ended for good. Its address may belong to another pod by now. */
const FINISHED: ReadonlySet<string | undefined> = new Set(["Succeeded", "Failed"]);

/**
 * The nodes in `pods`. Readiness does not matter: a node that wants no traffic still has hits to commit. So has a pod that is being deleted,
 * until it is gone.
 */
export function membersOf(pods: Iterable<PodFacts>, ports: NodePorts): PodMember[] {
  return [...pods].flatMap((pod) => memberOf(pod, ports));
}

function memberOf({ metadata, status }: PodFacts, ports: NodePorts): PodMember[] {
  const { name, uid, labels } = metadata;
  if (!uid || !status?.podIP || FINISHED.has(status.phase)) return [];
  const host = status.podIP.includes(":") ? `[${status.podIP}]` : status.podIP;
  const region = labels?.[REGION_LABEL] || UNKNOWN_REGION;
  return [{ id: uid, name, region, peerAddress: `${host}:${ports.peers}`, url: `http://${host}:${ports.pages}` }];
}
