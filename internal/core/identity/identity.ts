/** The parts that take part in a cluster: its nodes, the members of its store, and the operator. */
export type Role = "counter" | "store" | "operator";

/** The holder of a certificate. */
export interface Identity {
  /** 1 to 128 of `a-z 0-9 . -`, the first and the last a letter or a digit. In Kubernetes `<name>.<namespace>`. */
  readonly cluster: string;
  readonly role: Role;
}

export const ROLES: readonly Role[] = ["counter", "store", "operator"];

/** How a cluster's name is formed, in words. */
export const CLUSTER_NAME_FORM = "a-z and 0-9, with . and - between them, at most 128 characters";

const CLUSTER_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,126}[a-z0-9])?$/;
const URI_NAME = /^spiffe:\/\/([^/]*)\/([^/]*)$/;

/** Whether `name` can name a cluster in a certificate. */
export function isClusterName(name: string): boolean {
  return CLUSTER_NAME.test(name);
}

/**
 * The URI name of `identity`: `spiffe://<cluster>/<role>`, a SPIFFE ID
 * (https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md). Throws RangeError for an invalid cluster name.
 */
export function uriOf({ cluster, role }: Identity): string {
  if (!isClusterName(cluster)) throw new RangeError(`"${cluster}" cannot name a cluster: use ${CLUSTER_NAME_FORM}`);
  return `spiffe://${cluster}/${role}`;
}

/** The identity that a URI name says. Null if it says none. */
export function identityOf(uri: string): Identity | null {
  const [, cluster = "", name] = URI_NAME.exec(uri) ?? [];
  const role = ROLES.find((known) => known === name);
  return role !== undefined && isClusterName(cluster) ? { cluster, role } : null;
}

/** The URI name of a cluster's authority: a SPIFFE ID without a path. */
export function authorityUri(cluster: string): string {
  if (!isClusterName(cluster)) throw new RangeError(`"${cluster}" cannot name a cluster: use ${CLUSTER_NAME_FORM}`);
  return `spiffe://${cluster}`;
}

/** The cluster whose authority has this URI name. Null if it is not an authority's. */
export function clusterOfAuthority(uri: string): string | null {
  const [, cluster = ""] = /^spiffe:\/\/([^/]*)$/.exec(uri) ?? [];
  return isClusterName(cluster) ? cluster : null;
}

/** The identity of a certificate with these URI names. Null unless exactly one says one: a SPIFFE certificate has one URI name. */
export function soleIdentity(uris: readonly string[]): Identity | null {
  const [uri, ...others] = uris;
  return uri === undefined || others.length > 0 ? null : identityOf(uri);
}

/** Why the holder of a certificate with these URI names is not a `role` of `cluster`; null if it is. */
export function whyNotPeer(uris: readonly string[], { cluster, role }: Identity): string | null {
  const found = soleIdentity(uris);
  const wanted = uriOf({ cluster, role });
  if (found?.cluster === cluster && found.role === role) return null;
  if (uris.length === 0) return `its certificate has no URI name; expected ${wanted}`;
  return `its certificate names ${uris.map((uri) => JSON.stringify(uri)).join(" and ")}; expected ${wanted}`;
}
