import assert from "node:assert/strict";
import type { Deployment, Pod, StatefulSet } from "../../../internal/core/operator/children.ts";
import type { CounterClusterSpec } from "../../../internal/core/operator/counter_cluster.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import { findingsOf } from "../../../internal/core/operator/findings.ts";
import type { Observation } from "../../../internal/core/operator/observation.ts";
import { RENDERED, recordedPods } from "../../../internal/core/operator/rollout.ts";
import { storeTrusts } from "../../../internal/core/operator/store_rollout.ts";
import type { Transport } from "../../../internal/core/operator/transport.ts";
import {
  CERTIFICATES,
  cluster,
  DEFAULTS,
  managedEtcd,
  objectOf,
  observation,
  pod,
  report,
  settled,
  statusOf,
  told,
} from "./samples.ts";

/**
 * The contract: a cluster begins with TLS, keeps it, and one that began without it changes only when asked, in an order in which all
 * counters can always talk to each other, and to the store.
 */

const ON = { tls: { enabled: true } };

/** The pods of a cluster of 0.1.0, which recorded nothing about TLS. */
function plain(spec: Partial<CounterClusterSpec> = {}): Pick<Observation, "deployment" | "statefulSet"> {
  return rendered(observation({ cluster: cluster({ ...spec, tls: { enabled: false } }) }), spec);
}

/** All objects of a decision, with all their pods updated and ready. */
function rendered(seen: Observation, spec: Partial<CounterClusterSpec> = {}) {
  const { objects } = decide(seen, null, DEFAULTS);
  const store = objects.find(({ kind }) => kind === "StatefulSet");
  return {
    deployment: settled(objectOf(objects, "Deployment"), 3) as Deployment,
    statefulSet: store ? (settled(store, spec.store?.etcd.managed?.members ?? 1) as StatefulSet) : null,
  };
}

function transportOf(spec: Partial<CounterClusterSpec>, fields: Partial<Observation>): string {
  const { peers, store } = findingsOf(observation({ cluster: cluster(spec), report: report(), ...fields })).transport;
  return `${peers} ${store}`;
}

function half(deployment: Deployment | null): Deployment {
  if (!deployment) throw new Error("there is no Deployment");
  return { ...deployment, status: { ...deployment.status, updatedReplicas: 1 } };
}

const both = (): Pick<Observation, "deployment" | "statefulSet"> =>
  rendered(observation({ cluster: cluster(ON), report: report(), ...plain() }));

const leaving: Pod = (() => {
  const { metadata, ...rest } = pod("visits-z", "counter");
  return { ...rest, metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
})();

describe("the transport of pods", () => {
  const external = { store: { etcd: { external: { endpoints: ["a:1"] } } } };
  const TABLE: [string, string, () => string][] = [
    ["is TLS from the beginning", "tls tls", () => transportOf({}, {})],
    [
      "is plain from the beginning where the resource says so",
      "plain plain",
      () => transportOf({ tls: { enabled: false } }, {}),
    ],
    ["stays plain for pods of an earlier operator", "plain plain", () => transportOf({}, plain())],
    ["changes with the next change of these pods", "both plain", () => transportOf({ region: "mars" }, plain())],
    ["changes when a person asks for it", "both plain", () => transportOf(ON, plain())],
    [
      "does not change before there are certificates",
      "plain plain",
      () => transportOf(ON, { ...plain(), certificates: { ...CERTIFICATES, trust: null } }),
    ],
    [
      "stays as it is while some counters do not accept TLS",
      "both plain",
      () => transportOf(ON, { ...both(), deployment: half(both().deployment) }),
    ],
    ["stays so while such a counter drains", "both plain", () => transportOf(ON, { ...both(), pods: [leaving] })],
    [
      "stays so while the store takes no commits",
      "both plain",
      () => transportOf(ON, { ...both(), report: report({ store: "away" }) }),
    ],
    [
      "stays so while a member of the store is away",
      "both plain",
      () =>
        transportOf(ON, {
          ...both(),
          statefulSet: { ...both().statefulSet, status: { readyReplicas: 0 } } as StatefulSet,
        }),
    ],
    ["is TLS then", "tls tls", () => transportOf(ON, both())],
    [
      "goes on to TLS if the operator ended between store and counters, although the store is away",
      "tls tls",
      () => {
        const statefulSet = rendered(observation({ cluster: cluster(ON), report: report(), ...both() })).statefulSet;
        return transportOf(ON, { ...both(), statefulSet, report: report({ store: "away" }) });
      },
    ],
    [
      "stays TLS if the resource turns it off later",
      "tls tls",
      () => transportOf({ tls: { enabled: false } }, rendered(observation())),
    ],
    [
      "is that of the store if somebody deleted the Deployment",
      "both plain",
      () => transportOf(ON, { ...plain(), deployment: null }),
    ],
    ["is between counters alone if the store is external", "tls tls", () => transportOf(external, {})],
    ["changes there, too", "both plain", () => transportOf({ ...external, ...ON }, plain(external))],
  ];
  for (const [what, expected, actual] of TABLE) it(what, () => assert.equal(actual(), expected));

  it("changes in two rollouts, between which all counters can talk to each other and to the store", () => {
    let fields = plain();
    const steps: string[] = [];
    for (let i = 0; i < 6; i++) {
      const seen = observation({ cluster: cluster(ON), report: report(), ...fields });
      const step = findingsOf(seen).transport;
      if (steps.at(-1) !== text(step)) steps.push(text(step));
      fields = rendered(seen);
    }
    assert.deepEqual(steps, ["both plain", "tls tls"]);
  });

  it("does not hold back the counters' last rollout while the restarted store is away: it is what brings the store back", () => {
    const seen = observation({ cluster: cluster(ON), report: report(), ...both() });
    const { statefulSet } = rendered(seen);
    const away = { ...seen, statefulSet, report: report({ store: "away" }) };
    const deployment = objectOf(decide(away, null, DEFAULTS).objects, "Deployment");
    const { inputs } = JSON.parse(deployment.metadata.annotations?.[RENDERED] ?? "");
    assert.equal(inputs.tls, "tls");
  });

  it("never deletes a store because there are no certificates now", () => {
    const none = { certificates: { ...CERTIFICATES, trust: null } };
    const running = rendered(observation());
    const { objects } = decide(observation({ ...running, ...none }), null, DEFAULTS);
    const store = objectOf(objects, "StatefulSet", "visits-etcd");
    assert.deepEqual(store.metadata.annotations, running.statefulSet?.metadata.annotations);
    assert.ok(objects.some(({ kind }) => kind === "Deployment"));
  });

  it("creates no pods before there are certificates", () => {
    const { objects } = decide(observation({ certificates: { ...CERTIFICATES, trust: null } }), null, DEFAULTS);
    assert.deepEqual(
      objects.filter(({ kind }) => ["Deployment", "StatefulSet"].includes(kind)),
      [],
    );
  });
});

describe("the store", () => {
  const three = { store: managedEtcd({ members: 3 }) };
  const trusting = (trust: string, before: Partial<Observation> = {}) =>
    rendered(observation({ cluster: cluster(three), certificates: { ...CERTIFICATES, trust }, ...before }), three);

  it("is restarted for another authority, and not for a renewed certificate", () => {
    const before = trusting("first");
    const pods = (statefulSet: StatefulSet | null) => recordedPods(statefulSet)?.template;
    assert.deepEqual(pods(trusting("first", before).statefulSet), pods(before.statefulSet));
    assert.notDeepEqual(pods(trusting("second", before).statefulSet), pods(before.statefulSet));
    assert.deepEqual(recordedPods(trusting("second", before).deployment), recordedPods(before.deployment));
  });

  it("trusts an authority when all its members were restarted for it", () => {
    const { statefulSet } = trusting("second", trusting("first"));
    assert.ok(statefulSet);
    const withStatus = (fields: object) => ({ ...statefulSet, status: { ...statefulSet.status, ...fields } });
    assert.equal(storeTrusts("second", statefulSet), true);
    assert.equal(storeTrusts("third", statefulSet), false);
    assert.equal(storeTrusts("second", withStatus({ updatedReplicas: 2 })), false);
    assert.equal(storeTrusts("second", withStatus({ readyReplicas: 2 })), false);
    assert.equal(storeTrusts("second", withStatus({ observedGeneration: 1 })), false);
    assert.equal(
      storeTrusts("any", plain(three).statefulSet),
      true,
      "a store without TLS trusts nobody, and asks nobody",
    );
    assert.equal(storeTrusts("any", null), true);
  });
});

describe("the condition", () => {
  const secure = (spec: Partial<CounterClusterSpec>, fields: Partial<Observation>) =>
    told(statusOf(observation({ cluster: cluster(spec), report: report(), ...fields })), "Secure");
  const issued = { tls: { issuerRef: { name: "ours", kind: "Issuer", group: "cert-manager.io" } } };
  const SECURE: [string, () => string][] = [
    ["True TLS", () => secure({}, rendered(observation()))],
    ["False RollingOut", () => secure({}, {})],
    ["False Disabled", () => secure({ tls: { enabled: false } }, plain())],
    ["True KeepsTLS", () => secure({ tls: { enabled: false } }, rendered(observation()))],
    ["False EarlierPods", () => secure({}, plain())],
    ["False TurningOn", () => secure(ON, { ...both(), pods: [leaving] })],
    ["False NoCertificates", () => secure({}, { certificates: { trust: null, validUntil: null, awaited: [] } })],
    [
      "False Expired",
      () => secure({}, { ...rendered(observation()), certificates: { ...CERTIFICATES, validUntil: 1 } }),
    ],
    [
      "False AwaitsIssuer",
      () => secure(issued, { certificates: { trust: null, validUntil: null, awaited: ["visits-counter-tls"] } }),
    ],
  ];
  for (const [expected, actual] of SECURE) it(`Secure can be ${expected}`, () => assert.equal(actual(), expected));

  it("Secure stays true while pods are replaced by others with certificates", () => {
    const running = rendered(observation());
    const seen = observation({ ...running, report: report() });
    const first = decide(seen, null, DEFAULTS);
    const rolling = { ...seen, deployment: half(running.deployment) };
    assert.equal(told(statusOf(rolling, first.next), "Secure"), "True TLS");
    assert.equal(told(statusOf({ ...rolling, cluster: cluster() }), "Secure"), "False RollingOut");
  });

  const isolated = (spec: Partial<CounterClusterSpec>, fields: Partial<Observation>) =>
    told(statusOf(observation({ cluster: cluster(spec), ...fields })), "Isolated");
  const refusedObjects = [{ object: "NetworkPolicy visits", message: "denied by an admission webhook" }];
  const ISOLATED: [string, () => string][] = [
    ["True Enforced", () => isolated({}, { reachedByStranger: false })],
    ["False NotEnforced", () => isolated({}, { reachedByStranger: true })],
    ["False PolicyRefused", () => isolated({}, { reachedByStranger: false, refusedObjects })],
    ["False Disabled", () => isolated({ networkPolicy: false }, { reachedByStranger: null })],
    ["Unknown NotChecked", () => isolated({}, { reachedByStranger: null })],
  ];
  for (const [expected, actual] of ISOLATED) it(`Isolated can be ${expected}`, () => assert.equal(actual(), expected));
});

function text({ peers, store }: Transport): string {
  return `${peers} ${store}`;
}
