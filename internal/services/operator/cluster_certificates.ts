import { fnv1a64 } from "../../core/hash.ts";
import { identityOf } from "../../core/identity/identity.ts";
import {
  type CertificateFacts,
  type CertificateLives,
  type HeldAuthorities,
  isValid,
  type LeafFacts,
  madeAt,
  validity,
} from "../../core/operator/certificates.ts";
import {
  type AuthorityPlan,
  advanced,
  authorityPlan,
  mustIssue,
  nextChangeMs,
} from "../../core/operator/certificates_plan.ts";
import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import { certifiedComponents, clusterName, leafNames } from "../../core/operator/desired/certificate_names.ts";
import { authorityName, type Component, certificateName } from "../../core/operator/desired/names.ts";
import type { CertificatesState, RefusedObject } from "../../core/operator/observation.ts";
import type { CertificateMaker, KeyPair } from "../../ports/certificate_maker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesApi } from "../../ports/kubernetes.ts";
import { RefusedObjects } from "./refused_objects.ts";
import { type FoundSecret, Secrets } from "./secrets.ts";

export interface ClusterCertificatesDeps {
  readonly api: KubernetesApi;
  readonly record: (cluster: CounterCluster, event: ResourceEvent) => void;
  readonly clock: Clock;
  readonly maker: CertificateMaker;
  readonly lives: CertificateLives;
}

/** Milliseconds after which Secrets are read again although nothing is due: somebody may have deleted or emptied one. */
const REREAD_INTERVAL_MS = 10_000;
/** Milliseconds before they are read again while something is missing. */
const RETRY_INTERVAL_MS = 1_000;
/** Annotation of the authority's Secret: wall-clock milliseconds. */
const ISSUES_SINCE = "globalcluster.dev/issues-since-ms";

const NONE: CertificatesState = { trust: null, validUntil: null, awaited: [] };

/** An authority with its certificate as it is written. */
type Authority = CertificateFacts & { readonly pem: string };

interface Leaf {
  readonly component: Component;
  readonly secret: FoundSecret;
  readonly facts: LeafFacts | null;
}

/** The keys of the authorities that issue now and next. */
interface Keys {
  readonly issuing: KeyPair | null;
  readonly next: KeyPair | null;
}

/**
 * Keeps one resource's Secrets with certificates. What there must be is decided in core/operator/certificates_plan.ts.
 *
 * The authority's Secret is written before any Secret with a leaf of it, and all of them before the pods: a key that signed something is
 * never lost by a crash.
 */
export class ClusterCertificates {
  readonly #deps: ClusterCertificatesDeps;
  readonly #refused: RefusedObjects;
  readonly #secrets: Secrets;
  #last: { readonly of: string; readonly state: CertificatesState; readonly until: number } | null = null;

  constructor(deps: ClusterCertificatesDeps) {
    this.#deps = deps;
    this.#refused = new RefusedObjects(deps.clock);
    this.#secrets = new Secrets(deps, this.#refused);
  }

  /** Secrets of an earlier resource, which must be gone first. */
  get leaving(): readonly string[] {
    return this.#secrets.leaving;
  }

  /** Secrets that the API server refused. */
  get refused(): readonly RefusedObject[] {
    return this.#refused.all;
  }

  /**
   * `needed`: whether pods have certificates or are to have them. `storeTrusts`: whether all members of the store trust this authority
   * already. Throws KubernetesError.
   */
  async reconcile(
    cluster: CounterCluster,
    needed: boolean,
    storeTrusts: (trust: string) => boolean,
  ): Promise<CertificatesState> {
    if (!needed) return NONE;
    const of = JSON.stringify(cluster.spec.tls);
    const now = this.#deps.clock.monotonic();
    if (this.#last?.of === of && now < this.#last.until) return this.#last.state;
    const { state, again } = await this.#reconcile(cluster, storeTrusts);
    this.#last = { of, state, until: now + again };
    return state;
  }

  async #reconcile(cluster: CounterCluster, storeTrusts: (trust: string) => boolean) {
    const leaves = await this.#readLeaves(cluster);
    return cluster.spec.tls.issuerRef ? this.#issued(cluster, leaves) : this.#own(cluster, leaves, storeTrusts);
  }

  async #readLeaves(cluster: CounterCluster): Promise<Leaf[]> {
    const leaves: Leaf[] = [];
    for (const component of certifiedComponents(cluster)) {
      const secret = await this.#secrets.read(cluster, certificateName(cluster, component));
      leaves.push({ component, secret, facts: this.#deps.maker.read(pairIn(secret, "tls")) });
    }
    return leaves;
  }

  /** Certificates that an issuer writes. */
  #issued(cluster: CounterCluster, leaves: readonly Leaf[]) {
    const now = this.#deps.clock.wall();
    const good = (leaf: Leaf) =>
      leaf.facts !== null &&
      isValid(leaf.facts, now) &&
      leaf.facts.uri === leafNames(cluster, leaf.component).uri &&
      this.#deps.maker.readAll(leaf.secret.texts["ca.crt"] ?? "").length > 0;
    const awaited = leaves.filter((leaf) => !good(leaf)).map(({ secret }) => secret.name);
    const authorities = leaves.map(({ secret }) => secret.texts["ca.crt"]).join();
    const trust = awaited.length > 0 ? null : fnv1a64(authorities).toString(16);
    const state = { trust, validUntil: soonest(leaves.map(({ facts }) => facts)), awaited };
    return { state, again: awaited.length > 0 ? RETRY_INTERVAL_MS : REREAD_INTERVAL_MS };
  }

  async #own(cluster: CounterCluster, leaves: readonly Leaf[], storeTrusts: (trust: string) => boolean) {
    const { clock, lives, maker } = this.#deps;
    const now = clock.wall();
    const secret = await this.#secrets.read(cluster, authorityName(cluster));
    const before = { issuing: pairIn(secret, "tls"), next: pairIn(secret, "next") };
    const known = this.#authoritiesIn(secret, before, leaves);
    const held = heldIn(secret, maker.read(before.issuing), maker.read(before.next), known);
    const seen = { held, leaves: leaves.map(({ facts }) => usable(facts, known, now)), storeTrusts, now };
    const plan = authorityPlan(seen, lives);
    const made = await this.#make(cluster, plan, now);
    const madeFacts = made && maker.read(made);
    const after = advanced(held, plan, madeFacts, now);
    const keys = keysAfter(before, plan, made);
    const pems = [...known, ...(made && madeFacts ? [{ ...madeFacts, pem: made.certificate }] : [])];
    const bundle = pems
      .filter(({ keyId }) => after.trusted.some((one) => one.keyId === keyId))
      .map(({ pem }) => pem)
      .join("");
    const changed = plan.step !== "keep" || bundle !== secret.texts["ca.crt"];
    if (changed && !(await this.#writeAuthority(cluster, secret, keys, after, bundle)))
      return { state: stateOf(seen.leaves, held), again: RETRY_INTERVAL_MS };
    const facts: (LeafFacts | null)[] = [];
    for (const leaf of leaves) facts.push(await this.#writeLeaf(cluster, leaf, keys.issuing, after, bundle, now));
    const again = Math.min(nextChangeMs({ ...seen, held: after, leaves: facts }, lives), REREAD_INTERVAL_MS);
    const complete = facts.every((one) => one !== null);
    return { state: stateOf(facts, after), again: complete ? again : RETRY_INTERVAL_MS };
  }

  /** The trusted authorities. If their Secret was lost, the pods' Secrets still have their certificates. */
  #authoritiesIn(
    secret: FoundSecret,
    { issuing, next }: Record<keyof Keys, KeyPair>,
    leaves: readonly Leaf[],
  ): Authority[] {
    const texts = [secret.texts["ca.crt"] ?? "", issuing.certificate, next.certificate];
    const lost = this.#deps.maker.read(issuing) === null;
    if (lost) texts.push(...leaves.map((leaf) => leaf.secret.texts["ca.crt"] ?? ""));
    const all = texts.flatMap((text) => this.#deps.maker.readAll(text));
    return [...new Map(all.map((one) => [one.keyId, one])).values()];
  }

  async #make(cluster: CounterCluster, { step }: AuthorityPlan, now: number): Promise<KeyPair | null> {
    const { maker, lives } = this.#deps;
    if (step === "keep" || step === "promote") return null;
    return maker.createAuthority({ cluster: clusterName(cluster), ...validity(now, lives.authorityMs) });
  }

  #writeAuthority(
    cluster: CounterCluster,
    secret: FoundSecret,
    { issuing, next }: Keys,
    { issuingSince }: HeldAuthorities,
    bundle: string,
  ): Promise<boolean> {
    const texts = {
      "ca.crt": bundle,
      ...(issuing && { "tls.crt": issuing.certificate, "tls.key": issuing.key }),
      ...(next && { "next.crt": next.certificate, "next.key": next.key }),
    };
    const annotations = issuing ? { [ISSUES_SINCE]: String(Math.round(issuingSince)) } : undefined;
    return this.#secrets.write(cluster, secret, {
      ...{ component: "counter", type: "Opaque", texts },
      ...(annotations && { annotations }),
    });
  }

  /** What the Secret's certificate says afterwards; null if it has none. */
  async #writeLeaf(
    cluster: CounterCluster,
    { component, secret, facts }: Leaf,
    issuing: KeyPair | null,
    { issuing: issuer }: HeldAuthorities,
    bundle: string,
    now: number,
  ): Promise<LeafFacts | null> {
    const { maker } = this.#deps;
    const names = leafNames(cluster, component);
    const issue = issuing !== null && issuer !== null && mustIssue(facts, names, issuer, now);
    if (!issue && secret.texts["ca.crt"] === bundle) return facts;
    if (!issue && facts === null) return null;
    const pair = issue ? await this.#issue(names, issuing, issuer, now) : pairIn(secret, "tls");
    const texts = { "ca.crt": bundle, "tls.crt": pair.certificate, "tls.key": pair.key };
    const written = await this.#secrets.write(cluster, secret, { component, type: "kubernetes.io/tls", texts });
    return written ? maker.read(pair) : facts;
  }

  #issue(
    { uri, dnsNames }: ReturnType<typeof leafNames>,
    issuing: KeyPair,
    issuer: CertificateFacts,
    now: number,
  ): Promise<KeyPair> {
    const identity = identityOf(uri);
    if (!identity) throw new Error(`${uri} is no identity`);
    const { notBefore, notAfter } = validity(now, this.#deps.lives.leafMs);
    const dates = { notBefore: Math.max(notBefore, issuer.notBefore), notAfter: Math.min(notAfter, issuer.notAfter) };
    return this.#deps.maker.issueCertificate(issuing, { identity, dnsNames, ...dates });
  }
}

function pairIn({ texts }: FoundSecret, name: "tls" | "next"): KeyPair {
  return { certificate: texts[`${name}.crt`] ?? "", key: texts[`${name}.key`] ?? "" };
}

function heldIn(
  { annotations }: FoundSecret,
  issuing: CertificateFacts | null,
  next: CertificateFacts | null,
  trusted: readonly CertificateFacts[],
): HeldAuthorities {
  const since = annotations[ISSUES_SINCE] ?? "";
  const issuingSince = /^\d{1,15}$/.test(since) ? Number(since) : issuing ? madeAt(issuing) : 0;
  return { issuing, issuingSince, next, trusted };
}

function keysAfter(
  { issuing, next }: Record<keyof Keys, KeyPair>,
  { step }: AuthorityPlan,
  made: KeyPair | null,
): Keys {
  const held = (pair: KeyPair) => (pair.key === "" ? null : pair);
  if (step === "make") return { issuing: held(issuing), next: made };
  if (step === "keep") return { issuing: held(issuing), next: held(next) };
  return { issuing: step === "promote" ? held(next) : made, next: null };
}

/** A leaf of an authority that nobody trusts, or one that has expired, is none. */
function usable(leaf: LeafFacts | null, trusted: readonly CertificateFacts[], now: number): LeafFacts | null {
  return leaf && isValid(leaf, now) && trusted.some(({ keyId }) => keyId === leaf.issuerKeyId) ? leaf : null;
}

function stateOf(leaves: readonly (LeafFacts | null)[], { issuing, next }: HeldAuthorities): CertificatesState {
  const newest = next ?? issuing;
  const complete = leaves.every((leaf) => leaf !== null);
  return {
    trust: complete ? (newest?.keyId ?? null) : null,
    validUntil: complete ? soonest(leaves) : null,
    awaited: [],
  };
}

function soonest(leaves: readonly (LeafFacts | null)[]): number | null {
  const ends = leaves.flatMap((leaf) => (leaf ? [leaf.notAfter] : []));
  return ends.length > 0 ? Math.min(...ends) : null;
}
