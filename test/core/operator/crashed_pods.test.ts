import assert from "node:assert/strict";
import type { ContainerStatus, Pod } from "../../../internal/core/operator/children.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { DesiredObject } from "../../../internal/core/operator/desired/object.ts";
import { ROLL_OUT_ANYWAY } from "../../../internal/core/operator/hold.ts";
import type { Observation } from "../../../internal/core/operator/observation.ts";
import { conditionIn, DEFAULTS, NOW, objectOf, pod, report, running, statusOf, told } from "./samples.ts";

const ago = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString().replace(".000", "");

const KILLED = { exitCode: 137, reason: "Error" };
const WAITS = {
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastState: { terminated: KILLED },
  restartCount: 1,
};
const STARTS_AGAIN = { state: { running: {} }, lastState: { terminated: KILLED }, restartCount: 2 };

/** The first of three pods. It was ready until `unreadySeconds` before now. */
function first(container: Partial<ContainerStatus>, fields: Pod["status"] = {}, unreadySeconds = 5): Pod {
  const ready = container.ready ?? false;
  return pod("visits-a", "counter", {
    conditions: [
      { type: "Initialized", status: "True", lastTransitionTime: ago(3_600) },
      { type: "Ready", status: ready ? "True" : "False", lastTransitionTime: ago(unreadySeconds) },
    ],
    containerStatuses: [{ name: "counter", ready, ...container }],
    ...fields,
  });
}

function seen(one: Pod, fields: Partial<Observation> = {}): Observation {
  const before = running({}, fields);
  return { ...before, pods: before.pods.map((other) => (other.metadata.name === "visits-a" ? one : other)) };
}

function wanting(before: Observation, spec: object, annotations = {}): Observation {
  const { cluster } = before;
  const metadata = { ...cluster.metadata, annotations };
  return { ...before, cluster: { ...cluster, metadata, spec: { ...cluster.spec, ...spec } } };
}

interface Specified {
  readonly spec: { readonly replicas: number; readonly paused: boolean; readonly template: unknown };
}

function deploymentOf(one: Observation): Specified["spec"] {
  return (objectOf(decide(one, null, DEFAULTS).objects, "Deployment") as DesiredObject & Specified).spec;
}

function budgetOf(one: Observation): unknown {
  const budget = objectOf(decide(one, null, DEFAULTS).objects, "PodDisruptionBudget") as { spec?: object };
  const { maxUnavailable, unhealthyPodEvictionPolicy } = budget.spec as Record<string, unknown>;
  return { maxUnavailable, unhealthyPodEvictionPolicy };
}

describe("a counter pod that crashed", () => {
  const crashed = first(WAITS);

  const TABLE: [string, Pod, boolean][] = [
    ["waits to be started again", crashed, true],
    ["has just ended", first({ state: { terminated: KILLED } }), true],
    ["starts again", first(STARTS_AGAIN), true],
    ["waits for the tenth minute", first(WAITS, {}, 599), true],
    ["waits for longer than ten minutes", first(WAITS, {}, 601), false],
    ["is ready again", first({ ...STARTS_AGAIN, ready: true }), false],
    ["has not crashed and is not ready, so it drains when it must leave", first({ state: { running: {} } }), false],
    [
      "was never ready, so it has acknowledged nothing",
      first(WAITS, { conditions: [condition("Initialized", 60, "True"), condition("Ready", 60)] }),
      false,
    ],
    [
      "ended after it had drained",
      first({ state: { terminated: { exitCode: 0, message: '{"handedOver":3,"left":0}' } } }),
      false,
    ],
    [
      "ended with hits left",
      first({ state: { terminated: { exitCode: 0, message: '{"handedOver":0,"left":7}' } } }),
      true,
    ],
    ["was evicted, and its disk with it", first(WAITS, { phase: "Failed" }), false],
    ["is being deleted already", leaving(crashed), false],
  ];
  for (const [what, one, holds] of TABLE) {
    it(`${holds ? "holds" : "does not hold"} scaling down, rollouts and evictions when it ${what}`, () => {
      const now = seen(one);
      assert.equal(deploymentOf(wanting(now, { replicas: 2 })).replicas, holds ? 3 : 2);
      const { template } = deploymentOf(now);
      const rolled = deploymentOf(wanting(now, { region: "mars" })).template;
      assert.equal(JSON.stringify(rolled) === JSON.stringify(template), holds);
      const restarted = { replicas: 4, updatedReplicas: 1, readyReplicas: 2, observedGeneration: 2 };
      assert.ok(now.deployment);
      const paused = deploymentOf({ ...now, deployment: { ...now.deployment, status: restarted } }).paused;
      assert.equal(paused, holds);
      assert.deepEqual(budgetOf(now), {
        maxUnavailable: holds ? 0 : 1,
        unhealthyPodEvictionPolicy: "IfHealthyBudget",
      });
      const own = decide(now, null, DEFAULTS).objects.some(({ metadata }) => metadata.name === "visits-crashed");
      assert.equal(own, holds, "a detached pod has its budget from the beginning");
    });
  }

  it("holds them also when no pod reports", () => {
    assert.equal(deploymentOf(wanting(seen(crashed, { report: null }), { replicas: 2 })).replicas, 3);
  });

  it("lets pods be added", () => assert.equal(deploymentOf(wanting(seen(crashed), { replicas: 5 })).replicas, 5));

  it("is named in the condition, with the deadline and how to proceed anyway", () => {
    const { message } = conditionIn(statusOf(wanting(seen(crashed), { replicas: 2 })), "Progressing");
    assert.match(
      message,
      /^Postponed: removing pods, because visits-a crashed.*10 minutes after 2025-12-31T23:59:55Z.*kubectl annotate/,
    );
    const nodes = report().nodes.map(
      (node, index) => ({ ...node, state: index === 0 ? "unreachable" : node.state }) as const,
    );
    assert.equal(told(statusOf(seen(crashed, { report: report({ nodes }) })), "Ready"), "False NotCounting");
  });

  it("is taken from its ReplicaSet only if it waits to be started again and nobody says otherwise", () => {
    const detach = (one: Observation) =>
      decide(one, null, DEFAULTS).crashedPods.detach.map(({ metadata }) => metadata.name);
    assert.deepEqual(detach(seen(crashed)), ["visits-a"]);
    for (const other of [{ state: { terminated: KILLED } }, STARTS_AGAIN, { state: { running: {} }, ready: true }])
      assert.deepEqual(detach(seen(first(other))), []);
    assert.deepEqual(detach(wanting(seen(crashed), {}, { [ROLL_OUT_ANYWAY]: "yes" })), []);
    assert.deepEqual(detach(seen(detached(crashed))), []);
  });

  it("that was taken from its ReplicaSet holds nothing but its own eviction", () => {
    const now = seen(detached(crashed));
    assert.equal(deploymentOf(wanting(now, { replicas: 2 })).replicas, 2);
    assert.deepEqual(budgetOf(now), { maxUnavailable: 1, unhealthyPodEvictionPolicy: "IfHealthyBudget" });
    const { objects } = decide(now, null, DEFAULTS);
    const own = objectOf(objects, "PodDisruptionBudget", "visits-crashed") as { spec?: { minAvailable?: number } };
    assert.equal(own.spec?.minAvailable, 10_000);
  });

  it("that was taken from its ReplicaSet is removed when it is ready and replaced, and commits are not late", () => {
    const removed = (one: Observation) =>
      decide(one, null, DEFAULTS).crashedPods.remove.map(({ metadata }) => metadata.name);
    const back = seen(detached(first({ ...STARTS_AGAIN, ready: true })));
    assert.deepEqual(removed(back), ["visits-a"]);
    assert.deepEqual(removed({ ...back, report: report({ store: "away" }) }), []);
    assert.ok(back.deployment);
    const status = { ...back.deployment.status, readyReplicas: 2 };
    assert.deepEqual(removed({ ...back, deployment: { ...back.deployment, status } }), []);
    assert.deepEqual(removed(seen(detached(crashed))), []);
    assert.deepEqual(removed(wanting(seen(detached(crashed)), {}, { [ROLL_OUT_ANYWAY]: "yes" })), ["visits-a"]);
    assert.deepEqual(removed(seen(first({ ...STARTS_AGAIN, ready: true }))), []);
  });

  it("does not hold anything if a person says so", () => {
    const anyway = wanting(seen(crashed), { replicas: 2 }, { [ROLL_OUT_ANYWAY]: "yes" });
    assert.equal(deploymentOf(anyway).replicas, 2);
    assert.deepEqual(budgetOf(anyway), { maxUnavailable: 1, unhealthyPodEvictionPolicy: "IfHealthyBudget" });
  });
});

describe("a counter pod that is gone", () => {
  const all = report().nodes;
  const heard = (pending: number, at = NOW) =>
    report({ at, nodes: all.map((node) => (node.name === "visits-a" ? { ...node, pending, age: 1 } : node)) });
  const cutOff = report({
    nodes: all.map((node) =>
      node.name === "visits-a" ? { ...node, state: "unreachable" as const, pending: 0, age: null } : node,
    ),
  });
  const without = (one: Observation): Observation => ({
    ...one,
    pods: one.pods.filter(({ metadata }) => metadata.name !== "visits-a"),
  });

  /** What the last of these observations shows of lost pods. */
  function lost(...steps: Observation[]) {
    let decision = decide(steps[0] as Observation, null, DEFAULTS);
    for (const step of steps.slice(1)) decision = decide(step, decision.next, DEFAULTS);
    const told = decision.events.filter(({ reason }) => reason === "PodLost" || reason === "PodNotDrained");
    return { hits: decision.lostHits, told: told.map(({ message }) => message) };
  }

  const served = first({ state: { running: {} }, ready: true });
  const crashed = first(WAITS);

  it("without a report that it drained is an event with what it had pending when it was last heard", () => {
    const before = seen(served, { report: heard(500, NOW - 20_000), now: NOW - 20_000 });
    assert.deepEqual(lost(before, seen(crashed, { report: cutOff }), without(seen(crashed, { report: cutOff }))), {
      hits: 500,
      told: [
        "visits-a is gone and did not report that it drained. It had 500 hits pending when it was last heard, 21 s ago. Those, and what it took after that, are lost unless they were committed.",
      ],
    });
  });

  it("is an event also if nobody has ever heard it", () => {
    assert.deepEqual(lost(seen(crashed, { report: null }), without(seen(crashed, { report: null }))), {
      hits: 0,
      told: ["visits-a is gone and did not report that it drained. It is not known how many hits it had pending."],
    });
  });

  it("is counted once if it was evicted and then removed", () => {
    const evicted = first(WAITS, { phase: "Failed" });
    const before = seen(served, { report: heard(7) });
    assert.equal(lost(before, seen(evicted)).hits, 7);
    assert.deepEqual(lost(before, seen(evicted), without(before)), { hits: 0, told: [] });
  });

  it("counts what it had left if it could not drain", () => {
    const left = leaving(first({ state: { terminated: { exitCode: 1, message: '{"handedOver":0,"left":9}' } } }));
    const before = seen(served, { report: heard(20) });
    const told = ["visits-a ended with 9 hits that it could neither commit nor hand over"];
    assert.deepEqual(lost(before, seen({ ...left, status: { ...left.status, phase: "Failed" } })), { hits: 9, told });
    assert.deepEqual(lost(before, seen(left)), { hits: 0, told });
    assert.deepEqual(lost(before, seen(left), without(before)), { hits: 9, told: [] });
  });

  it("is no event if it drained, or if it was never ready", () => {
    const drained = first(
      { state: { terminated: { exitCode: 0, message: '{"handedOver":0,"left":0}' } } },
      { phase: "Succeeded" },
    );
    const before = seen(served, { report: heard(7) });
    assert.deepEqual(lost(before, seen(leaving(drained)), without(before)), { hits: 0, told: [] });
    const pending = first({ state: { waiting: { reason: "ImagePullBackOff" } } }, { phase: "Pending", conditions: [] });
    assert.deepEqual(lost(seen(pending), without(before)), { hits: 0, told: [] });
  });
});

function condition(type: string, seconds: number, status = "False") {
  return { type, status, lastTransitionTime: ago(seconds) };
}

function detached(one: Pod): Pod {
  return { ...one, metadata: { ...one.metadata, labels: { ...one.metadata.labels, "pod-template-hash": "crashed" } } };
}

function leaving(one: Pod): Pod {
  return { ...one, metadata: { ...one.metadata, deletionTimestamp: ago(1) } };
}
