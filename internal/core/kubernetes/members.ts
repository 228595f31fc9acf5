/** What the API tells of a pod, as far as a cluster's members depend on it. */
export interface PodFacts {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly phase?: string; readonly podIP?: string };
}

/** Where in a pod a node listens: every pod of a cluster has the same ports. */
export interface NodePorts {
  readonly pages: number;
  readonly peers: number;
}

/** A node that a pod runs. */
export interface PodMember {
  /** The pod's uid: its container may be restarted, but two processes never run in it at once. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly peerAddress: string;
  readonly url: string;
}

/** Kubernetes 1.35 and later copies it from the node: https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesioregion */
const REGION_LABEL = "topology.kubernetes.io/region";
/** The region of a node that nobody told one. */
export const UNKNOWN_REGION = "unknown";
/** Its containers have ended and will not start again. Its address may be another pod's by now. */
const FINISHED: ReadonlySet<string | undefined> = new Set(["Succeeded", "Failed"]);

/**
 * The nodes in `pods`. Readiness does not matter: a node that wants no traffic has hits to commit all the same. So has one that terminates,
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
