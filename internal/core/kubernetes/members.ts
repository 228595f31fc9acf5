/** The fields of an EndpointSlice that tell which pods are members (https://kubernetes.io/docs/reference/kubernetes-api/, discovery.k8s.io/v1). */
export interface EndpointFacts {
  /** The first one counts; Kubernetes never writes more. */
  readonly addresses: readonly string[];
  readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
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

/** The region of a node that has none, or that has not said it yet. */
export const UNKNOWN_REGION = "unknown";

/**
 * The nodes in the endpoints of their Service. Conditions do not matter: a node that wants no traffic still has hits to commit. So has a pod
 * that is being deleted, until it is gone. Kubernetes lists no pods that have ended. For a moment it may list a pod in two slices.
 */
export function membersOf(endpoints: Iterable<EndpointFacts>, ports: NodePorts): PodMember[] {
  const members = new Map<string, PodMember>();
  for (const endpoint of endpoints) {
    const member = memberOf(endpoint, ports);
    if (member && !members.has(member.id)) members.set(member.id, member);
  }
  return [...members.values()];
}

function memberOf({ addresses: [address], targetRef }: EndpointFacts, ports: NodePorts): PodMember | null {
  const { kind, name, uid } = targetRef ?? {};
  if (kind !== "Pod" || !name || !uid || !address) return null;
  const host = address.includes(":") ? `[${address}]` : address;
  const [peerAddress, url] = [`${host}:${ports.peers}`, `http://${host}:${ports.pages}`];
  // An endpoint has no region. The node says its own at the first contact.
  return { id: uid, name, region: UNKNOWN_REGION, peerAddress, url };
}
