import assert from "node:assert/strict";
import {
  type CertificateFacts,
  type CertificateLives,
  type HeldAuthorities,
  isValid,
  type LeafFacts,
  madeAt,
  renewalAt,
  spreadMs,
  validity,
} from "../../../internal/core/operator/certificates.ts";
import {
  type AuthorityState,
  advanced,
  authorityPlan,
  mustIssue,
  nextChangeMs,
} from "../../../internal/core/operator/certificates_plan.ts";

/**
 * The contract: certificates and authorities are renewed in time, and whatever the delay with which pods read their Secrets, each valid leaf
 * that a pod holds is trusted by every other pod.
 */

const LIVES: CertificateLives = { leafMs: 120_000, authorityMs: 480_000 };
const NAMES = { uri: "spiffe://visits.web/counter", dnsNames: [] };
const NOTHING: HeldAuthorities = { issuing: null, issuingSince: 0, next: null, trusted: [] };

function certificate(keyId: string, made: number, lifeMs: number, issuerKeyId: string | null = null): LeafFacts {
  return { keyId, issuerKeyId, ...validity(made, lifeMs), uri: NAMES.uri, dnsNames: [] };
}

const authority = (keyId: string, made = 0) => certificate(keyId, made, LIVES.authorityMs);
const leafOf = (issuer: string, made = 0) => certificate("leaf", made, LIVES.leafMs, issuer);

function state(fields: Partial<AuthorityState> & { held: HeldAuthorities }): AuthorityState {
  return { leaves: [leafOf("a")], storeTrusts: () => true, now: 1_000, ...fields };
}

const [a, b] = [authority("a"), authority("b", 330_000)];
const ISSUING: HeldAuthorities = { issuing: a, issuingSince: 0, next: null, trusted: [a] };
const OVERLAP: HeldAuthorities = { ...ISSUING, next: b, trusted: [a, b] };
const CHANGED: HeldAuthorities = { issuing: b, issuingSince: 360_000, next: null, trusted: [a, b] };
const fresh = [leafOf("a", 330_000)];

describe("the plan of certificates", () => {
  const STEPS: [string, AuthorityState, string][] = [
    [
      "a new cluster gets an authority that issues at once",
      state({ held: NOTHING, leaves: [null, null] }),
      "make and issue",
    ],
    ["an authority is kept", state({ held: ISSUING }), "keep"],
    ["until two thirds of its life", state({ held: ISSUING, now: 319_000, leaves: fresh }), "keep"],
    ["then another is made", state({ held: ISSUING, now: 321_000, leaves: fresh }), "make"],
    [
      "which does not issue before all pods have read it",
      state({ held: OVERLAP, now: 349_000, leaves: fresh }),
      "keep",
    ],
    ["and then does", state({ held: OVERLAP, now: 351_000, leaves: fresh }), "promote"],
    [
      "unless a member of the store does not trust it yet",
      state({ held: OVERLAP, now: 351_000, leaves: fresh, storeTrusts: (key) => key === "a" }),
      "keep",
    ],
    ["a lost Secret brings another, which waits, too", state({ held: { ...NOTHING, trusted: [a] } }), "make"],
    [
      "it issues at once if a leaf is missing",
      state({ held: { ...NOTHING, trusted: [a] }, leaves: [leafOf("a"), null] }),
      "make and issue",
    ],
    ["or if a leaf must be renewed", state({ held: { ...NOTHING, trusted: [a] }, now: 81_000 }), "make and issue"],
    [
      "a next one whose predecessor was lost issues at once if a leaf is missing",
      state({ held: { ...OVERLAP, issuing: null }, now: 331_000, leaves: [null] }),
      "promote",
    ],
    [
      "one that has expired is replaced at once",
      state({ held: ISSUING, now: 480_000, leaves: [null] }),
      "make and issue",
    ],
  ];
  for (const [what, seen, step] of STEPS) {
    it(what, () => assert.equal(authorityPlan(seen, LIVES).step, step));
  }

  const DROPS: [string, AuthorityState, string[]][] = [
    ["an old authority is trusted while leaves of it may be valid", state({ held: CHANGED, now: 479_000 }), []],
    ["and not longer", state({ held: CHANGED, now: 480_000 }), ["a"]],
    ["it is trusted while no other issues", state({ held: { ...NOTHING, trusted: [a] }, now: 479_000 }), []],
    ["an expired one is dropped in any case", state({ held: { ...NOTHING, trusted: [a] }, now: 480_000 }), ["a"]],
    ["the next one is not dropped", state({ held: OVERLAP, now: 400_000 }), []],
  ];
  for (const [what, seen, dropped] of DROPS) {
    it(what, () => assert.deepEqual(authorityPlan(seen, LIVES).dropped, dropped));
  }

  const LEAVES: [string, LeafFacts | null, number, boolean][] = [
    ["none", null, 0, true],
    ["a new one", leafOf("a"), 1_000, false],
    ["one just before two thirds of its life", leafOf("a"), 79_000, false],
    ["one just after", leafOf("a"), 81_000, true],
    ["one of another authority", leafOf("b"), 1_000, true],
    ["one of another cluster", { ...leafOf("a"), uri: "spiffe://other.web/counter" }, 1_000, true],
    ["one that has other host names", { ...leafOf("a"), dnsNames: ["elsewhere"] }, 1_000, true],
    ["one that is not valid yet", leafOf("a", 86_400_000), 1_000, true],
  ];
  for (const [what, leaf, now, expected] of LEAVES) {
    it(`${expected ? "replaces" : "keeps"} a leaf: ${what}`, () =>
      assert.equal(mustIssue(leaf, NAMES, a, now), expected));
  }

  it("makes certificates that begin a little earlier, and knows when they were made", () => {
    for (const lifeMs of [60_000, 120_000, 3_600_000, 90 * 86_400_000]) {
      const made = validity(1_000_000, lifeMs);
      assert.ok(made.notBefore < 1_000_000);
      assert.ok(Math.abs(madeAt(made) - 1_000_000) < 1);
      assert.ok(Math.abs(renewalAt(made) - 1_000_000 - (lifeMs * 2) / 3) < 1);
    }
  });

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`never has a valid leaf that another pod does not trust, and none that expires (seed ${seed})`, () => {
      const world = new World(seed);
      for (let now = 0; now < 20 * LIVES.authorityMs; now += 500) world.tick(now);
      assert.ok(world.authorities > 15, `${world.authorities} authorities`);
      assert.ok(world.mostTrusted <= 3, `${world.mostTrusted} authorities were trusted at once`);
    });
  }
});

interface Secret {
  readonly leaf: LeafFacts;
  readonly trusted: readonly CertificateFacts[];
}

/** Pods that read the Secret late, and a store that reads the trusted authorities only when it is restarted. */
class World {
  authorities = 0;
  mostTrusted = 0;
  readonly #random: () => number;
  #held = NOTHING;
  #secret: Secret | null = null;
  readonly #pods: { secret: Secret; readAt: number }[] = [];
  #store: { trusted: readonly CertificateFacts[]; restartAt: number } = { trusted: [], restartAt: 0 };

  constructor(seed: number) {
    let value = seed;
    this.#random = () => {
      value = (value * 48_271) % 2_147_483_647;
      return value / 2_147_483_647;
    };
  }

  tick(now: number): void {
    this.#operate(now);
    this.#readLate(now);
    for (const one of this.#pods) {
      assert.ok(isValid(one.secret.leaf, now), `a pod's leaf expired at ${now}`);
      const issuer = one.secret.leaf.issuerKeyId;
      for (const other of this.#pods) assert.ok(trusts(other.secret.trusted, issuer, now), `a pod at ${now}`);
      assert.ok(trusts(this.#store.trusted, issuer, now), `the store at ${now}`);
    }
  }

  #operate(now: number): void {
    const leaves = [this.#secret?.leaf ?? null];
    const storeTrusts = (key: string) => this.#store.trusted.some(({ keyId }) => keyId === key);
    const seen = { held: this.#held, leaves, storeTrusts, now };
    const plan = authorityPlan(seen, LIVES);
    const made = plan.step.startsWith("make") ? authority(`authority ${++this.authorities}`, now) : null;
    this.#held = advanced(this.#held, plan, made, now);
    const { issuing, trusted } = this.#held;
    this.mostTrusted = Math.max(this.mostTrusted, trusted.length);
    const leaf = leaves[0] ?? null;
    const issued = issuing && mustIssue(leaf, NAMES, issuing, now) ? leafOf(issuing.keyId, now) : leaf;
    if (issued) this.#secret = { leaf: issued, trusted };
    assert.ok(nextChangeMs({ ...seen, held: this.#held, leaves: [issued] }, LIVES) > 0);
  }

  #readLate(now: number): void {
    const secret = this.#secret;
    if (!secret) return;
    if (this.#pods.length === 0) for (let pod = 0; pod < 4; pod++) this.#pods.push({ secret, readAt: 0 });
    for (const pod of this.#pods) {
      if (now < pod.readAt) continue;
      pod.secret = secret;
      pod.readAt = now + this.#random() * (spreadMs(LIVES) - 500);
    }
    const news = secret.trusted.some(({ keyId }) => !this.#store.trusted.some((known) => known.keyId === keyId));
    if (!news) return;
    this.#store.restartAt ||= this.#store.trusted.length === 0 ? now : now + this.#random() * 60_000;
    if (now >= this.#store.restartAt) this.#store = { trusted: secret.trusted, restartAt: 0 };
  }
}

function trusts(trusted: readonly CertificateFacts[], keyId: string | null, now: number): boolean {
  return trusted.some((one) => one.keyId === keyId && isValid(one, now));
}
