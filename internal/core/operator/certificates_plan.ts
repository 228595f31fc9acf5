import {
  type CertificateFacts,
  type CertificateLives,
  type HeldAuthorities,
  isValid,
  type LeafFacts,
  type LeafNames,
  madeAt,
  renewalAt,
  spreadMs,
} from "./certificates.ts";

/**
 * Which certificates a cluster needs now. Everything is concluded from what its Secrets hold, so the operator may be restarted at any moment.
 *
 * - P1 A leaf is issued only by an authority that everybody trusts: an authority is trusted for `spreadMs`, and by every member of the store,
 *   before it issues. The first one of a cluster issues at once, because nobody holds a leaf.
 * - P2 An authority stays trusted until the last leaf that it issued has expired.
 * - P3 A leaf and an authority are renewed at two thirds of their lives.
 */
export interface AuthorityPlan {
  /**
   * - `keep`: as they are
   * - `make`: a new one, which is trusted at first; `issue`: it issues from now on
   * - `promote`: the next one issues from now on
   */
  readonly step: "keep" | "make" | "make and issue" | "promote";
  /** Key ids of the trusted authorities that no valid certificate needs any more. */
  readonly dropped: readonly string[];
}

export interface AuthorityState {
  readonly held: HeldAuthorities;
  /** The leaves that running pods have; null: its Secret has no valid one. */
  readonly leaves: readonly (LeafFacts | null)[];
  /** Whether every member of the store trusts this key. etcd reads its authorities only when it starts. */
  readonly storeTrusts: (keyId: string) => boolean;
  readonly now: number;
}

export function authorityPlan(state: AuthorityState, lives: CertificateLives): AuthorityPlan {
  return { step: authorityStep(state, lives), dropped: droppedAuthorities(state, lives) };
}

function authorityStep(
  { held, leaves, storeTrusts, now }: AuthorityState,
  lives: CertificateLives,
): AuthorityPlan["step"] {
  const issuing = held.issuing && isValid(held.issuing, now) ? held.issuing : null;
  const next = held.next && isValid(held.next, now) ? held.next : null;
  // Nobody can wait for a leaf that cannot be issued: pods that start would have none.
  const urgent = issuing === null && leaves.some((leaf) => leaf === null || now >= renewalAt(leaf));
  if (next !== null) {
    const spread = now >= madeAt(next) + spreadMs(lives) && storeTrusts(next.keyId);
    return spread || urgent ? "promote" : "keep";
  }
  if (urgent) return "make and issue";
  return issuing === null || now >= renewalAt(issuing) ? "make" : "keep";
}

function droppedAuthorities({ held, now }: AuthorityState, { leafMs }: CertificateLives): string[] {
  const needed = new Set([held.issuing?.keyId, held.next?.keyId]);
  const replaced = held.issuing !== null && now >= held.issuingSince + leafMs;
  return held.trusted
    .filter(({ keyId, notAfter }) => !needed.has(keyId) && (replaced || notAfter <= now))
    .map(({ keyId }) => keyId);
}

/** Whether a leaf must be issued in place of this one. */
export function mustIssue(leaf: LeafFacts | null, names: LeafNames, issuing: CertificateFacts, now: number): boolean {
  if (leaf === null || leaf.issuerKeyId !== issuing.keyId) return true;
  return (
    leaf.uri !== names.uri ||
    !sameNames(leaf.dnsNames, names.dnsNames) ||
    now < leaf.notBefore ||
    now >= renewalAt(leaf)
  );
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join() === [...other].sort().join();
}

/** Milliseconds until the plan may change by itself. */
export function nextChangeMs({ held, leaves, now }: AuthorityState, lives: CertificateLives): number {
  const times = [
    ...leaves.flatMap((leaf) => (leaf ? [renewalAt(leaf)] : [])),
    ...(held.issuing ? [renewalAt(held.issuing), held.issuingSince + lives.leafMs] : []),
    ...(held.next ? [madeAt(held.next) + spreadMs(lives)] : []),
  ];
  return Math.min(...times.map((at) => at - now).filter((ms) => ms > 0), lives.leafMs);
}

/** The authorities after a step. `made`: the new one, if the step makes one. */
export function advanced(
  held: HeldAuthorities,
  { step, dropped }: AuthorityPlan,
  made: CertificateFacts | null,
  now: number,
): HeldAuthorities {
  const { issuing, issuingSince, next } = held;
  const trusted = [...held.trusted, ...(made ? [made] : [])].filter(({ keyId }) => !dropped.includes(keyId));
  if (step === "keep") return { issuing, issuingSince, next, trusted };
  if (step === "make") return { issuing, issuingSince, next: made, trusted };
  return { issuing: step === "promote" ? next : made, issuingSince: now, next: null, trusted };
}
