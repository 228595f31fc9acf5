import assert from "node:assert/strict";
import type { Deployment } from "../../../internal/core/operator/children.ts";
import type {
  ConditionType,
  CounterClusterSpec,
  CounterClusterStatus,
} from "../../../internal/core/operator/counter_cluster.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { DesiredObject } from "../../../internal/core/operator/desired/object.ts";
import { findingsOf } from "../../../internal/core/operator/findings.ts";
import { ROLL_OUT_ANYWAY } from "../../../internal/core/operator/hold.ts";
import type { Observation } from "../../../internal/core/operator/observation.ts";
import { RENDERED, recordedPods } from "../../../internal/core/operator/rollout.ts";
import { cluster, DEFAULTS, managedEtcd, NOW, objectOf, observation, report, settled } from "./samples.ts";

const NEWER = { ...DEFAULTS, image: "global-cluster:2" };
const AWAY = report({ store: "away" });

/** What comes of a resource whose objects all came of `spec` before. */
function next(spec: Partial<CounterClusterSpec>, fields: Partial<Observation>, defaults = DEFAULTS) {
  const { objects, status } = decide(observation({ cluster: cluster(spec), ...fields }), null, defaults);
  const [deployment, store] = [objectOf(objects, "Deployment"), objects.find(({ kind }) => kind === "StatefulSet")];
  return {
    template: templateOf(deployment),
    replicas: replicasOf(deployment),
    paused: pausedIn(deployment),
    deployment,
    store: store && templateOf(store),
    status,
  };
}

function live(spec: Partial<CounterClusterSpec> = {}) {
  const { objects } = decide(observation({ cluster: cluster(spec) }), null, DEFAULTS);
  const deployment = objectOf(objects, "Deployment");
  const store = objectOf(objects, "StatefulSet", "visits-etcd");
  return {
    ...{ template: templateOf(deployment), storeTemplate: templateOf(store) },
    fields: { deployment: settled(deployment, replicasOf(deployment)), statefulSet: settled(store, 1) },
  };
}

function templateOf({ spec }: DesiredObject): unknown {
  return (spec as { template: unknown }).template;
}

function reasonOf({ conditions }: CounterClusterStatus, type: ConditionType): string | undefined {
  return conditions?.find((condition) => condition.type === type)?.reason;
}

function pausedIn({ spec }: DesiredObject): boolean {
  return (spec as { paused: boolean }).paused;
}

function replicasOf({ spec }: DesiredObject): number {
  return (spec as { replicas: number }).replicas;
}

describe("rollouts", () => {
  it("do not begin because of a newer operator, even if its image and template differ", () => {
    const { template, storeTemplate, fields } = live();
    const after = next({}, fields, NEWER);
    assert.deepEqual(after.template, template);
    assert.deepEqual(after.store, storeTemplate);
  });

  it("bring the newer operator's image with the next change that concerns the pods", () => {
    const { fields } = live();
    assert.match(JSON.stringify(next({ region: "mars" }, fields, NEWER).template), /"global-cluster:2"/);
  });

  it("do not begin for a change that does not concern the pods, or for a status", () => {
    const { template, fields } = live();
    const elsewhere = { replicas: 5, service: { type: "NodePort" as const, port: 8080 }, disruptionBudget: false };
    assert.deepEqual(next(elsewhere, fields, NEWER).template, template);
    assert.deepEqual(next({}, { ...fields, report: report({ ledger: "another" }) }, NEWER).template, template);
  });

  it("restore what somebody has changed in the pods", () => {
    const { template, fields } = live();
    const touched = { ...fields.deployment, spec: { replicas: 3, template: "something else" } };
    assert.deepEqual(next({}, { ...fields, deployment: touched }, NEWER).template, template);
  });

  for (const damage of ["", "{", "null", "{}", '{"inputs":1}']) {
    it(`begin anew if the record of the rendered pods is ${JSON.stringify(damage)}`, () => {
      const { fields } = live();
      const { metadata } = fields.deployment;
      const damaged: Deployment = {
        ...fields.deployment,
        metadata: { ...metadata, annotations: { [RENDERED]: damage } },
      };
      assert.match(JSON.stringify(next({}, { deployment: damaged }, NEWER).template), /"global-cluster:2"/);
    });
  }

  it("leave the store alone when the counters get another image, with which helm drops the pull policy", () => {
    const ours = { image: "global-cluster:1", imagePullPolicy: "IfNotPresent" as const };
    const { storeTemplate, fields } = live(ours);
    assert.deepEqual(next({ image: "wrong" }, fields, NEWER).store, storeTemplate);
  });

  it("never give the store the counters' image, also when its pods are rendered anew", () => {
    const { store } = next({ image: "wrong", store: managedEtcd({ image: "etcd:new" }) }, live().fields, NEWER);
    assert.match(JSON.stringify(store), /"global-cluster:2"/);
    assert.doesNotMatch(JSON.stringify(store), /"wrong"/);
  });

  it("do not begin in the store because an earlier operator recorded the pull policy of its pods", () => {
    const { storeTemplate, fields } = live();
    const recorded = recordedPods(fields.statefulSet);
    const inputs = { ...recorded?.inputs, imagePullPolicy: "IfNotPresent" };
    const annotations = { [RENDERED]: JSON.stringify({ ...recorded, inputs }) };
    const statefulSet = { ...fields.statefulSet, metadata: { ...fields.statefulSet.metadata, annotations } };
    const after = { ...fields, statefulSet };
    assert.deepEqual(next({}, after, NEWER).store, storeTemplate);
    assert.deepEqual(next({ image: "new" }, after, NEWER).store, storeTemplate);
  });

  it("restart the store for changes that concern it, but not for the counters' image", () => {
    const { storeTemplate, fields } = live();
    assert.deepEqual(next({ image: "new" }, fields).store, storeTemplate);
    assert.notDeepEqual(next({ store: managedEtcd({ image: "etcd:new" }) }, fields).store, storeTemplate);
    assert.deepEqual(next({ store: managedEtcd({ image: "etcd:new" }) }, fields).template, live().template);
  });

  describe("while the store is away", () => {
    const { template, fields } = live();
    const away = { ...fields, report: AWAY };

    it("wait, with pods and replicas as they are", () => {
      const { template: kept, replicas, status } = next({ image: "new", replicas: 1 }, away);
      assert.deepEqual(kept, template);
      assert.equal(replicas, 3);
      const progressing = status.conditions?.find(({ type }) => type === "Progressing");
      assert.equal(progressing?.reason, "RolloutPostponed");
      assert.match(
        progressing?.message ?? "",
        /^Postponed: restarting pods and removing pods, because the store is away\. .*kubectl annotate gcc\/visits/,
      );
    });

    it("let pods be added", () => assert.equal(next({ replicas: 7 }, away).replicas, 7));

    it("do not wait for another address of the store, which may be what helps", () => {
      const store = { etcd: { external: { endpoints: ["old:2379"] } } };
      const { objects } = decide(observation({ cluster: cluster({ store }) }), null, DEFAULTS);
      const deployment = settled(objectOf(objects, "Deployment"), 3);
      const moved = { etcd: { external: { endpoints: ["new:2379"] } } };
      assert.match(JSON.stringify(next({ store: moved }, { deployment, report: AWAY }).template), /etcd:\/\/new:2379/);
    });

    it("do not wait if a person says so", () => {
      const there = cluster({ image: "new", replicas: 1 });
      const metadata = { ...there.metadata, annotations: { [ROLL_OUT_ANYWAY]: "yes" } };
      const { objects } = decide(observation({ ...away, cluster: { ...there, metadata } }), null, DEFAULTS);
      const deployment = objectOf(objects, "Deployment");
      assert.equal(replicasOf(deployment), 1);
      assert.notDeepEqual(templateOf(deployment), template);
    });
  });

  describe("that have begun", () => {
    const { fields } = live();
    const half = (deployment: Deployment, updatedReplicas = 1, replicas = 4): Deployment => ({
      ...deployment,
      status: { ...deployment.status, replicas, updatedReplicas },
    });
    const deployment = half(fields.deployment);
    const held = { report: AWAY };
    const TABLE: [string, Partial<Observation>, Partial<CounterClusterSpec>, boolean][] = [
      ["go on while all is well", { deployment, report: report() }, {}, false],
      ["continue if no pod reports", { deployment }, {}, false],
      ["pause while the store is away", { deployment, ...held }, {}, true],
      ["pause while commits come late", { deployment, report: report({ age: 9 }) }, {}, true],
      ["pause also when yet other pods are wanted", { deployment, ...held }, { image: "new" }, true],
      ["pause also when more pods are wanted", { deployment, ...held }, { replicas: 7 }, true],
      ["are over when every pod is new", { deployment: half(fields.deployment, 4), ...held }, {}, false],
      ["are none before there is a pod", { deployment: half(fields.deployment, 0, 0), ...held }, {}, false],
      ["are none before there is a Deployment", held, {}, false],
    ];
    for (const [what, seen, spec, expected] of TABLE) {
      it(what, () => {
        const { paused, status } = next(spec, { statefulSet: fields.statefulSet, ...seen });
        assert.equal(paused, expected);
        assert.equal(reasonOf(status, "Progressing") === "RolloutPostponed", expected);
        if (expected) assert.equal(reasonOf(status, "Ready"), "RolloutPostponed");
      });
    }

    it("pause with their present pods, and say how to proceed anyway", () => {
      const { template, status } = next({}, { ...fields, deployment, ...held });
      assert.deepEqual(template, live().template);
      assert.match(
        status.conditions?.find(({ type }) => type === "Progressing")?.message ?? "",
        /^Postponed: restarting pods, because the store is away\. .*kubectl annotate gcc\/visits/,
      );
    });

    it("continue if they bring another address of the store, which may be what helps", () => {
      const at = (endpoint: string) => ({ store: { etcd: { external: { endpoints: [endpoint] } } } });
      const { objects } = decide(observation({ cluster: cluster(at("old:2379")) }), null, DEFAULTS);
      const before = settled(objectOf(objects, "Deployment"), 3);
      const begun = next(at("new:2379"), { deployment: before, ...held });
      const goesOn = next(at("new:2379"), { deployment: half(settled(begun.deployment, 3)), ...held });
      assert.deepEqual([begun.paused, goesOn.paused], [false, false]);
      const later = next({ ...at("new:2379"), image: "new" }, { deployment: settled(goesOn.deployment, 3) });
      const paused = next(
        { ...at("new:2379"), image: "new" },
        { deployment: half(settled(later.deployment, 3)), ...held },
      );
      assert.equal(paused.paused, true, "the next rollout is no cure");
    });
  });

  /** Its age grows, too: nobody commits. */
  const outdated = (known: string) => {
    const storeDetail = `the store's entry "head" cannot be read: it has format 9, ${known}; upgrade the program`;
    return report({ store: "corrupt", storeDetail, age: 90 });
  };
  const HOLDS: [string, Partial<Observation>, string | null][] = [
    ["all is well", { report: report() }, null],
    ["no pod has ever reported", {}, null],
    ["the last report is old", { report: report({ store: "away", at: NOW - 60_000 }) }, null],
    ["there is no ledger yet", { report: report({ store: "founding", age: null }) }, null],
    ["the last commit is five seconds ago", { report: report({ age: 5 }) }, null],
    ["the last commit is six seconds ago", { report: report({ age: 6 }) }, "Lagging"],
    ["it is, and a round takes four because there is much to write", { report: report({ age: 6, interval: 4 }) }, null],
    ["it is nine seconds ago then", { report: report({ age: 9, interval: 4 }) }, "Lagging"],
    ["it was four seconds ago, two seconds ago", { report: report({ age: 4, at: NOW - 2_000 }) }, "Lagging"],
    ["pods of 0.1.0 cannot read the ledger's format", { report: outdated("this program knows format 1") }, null],
    ["pods cannot read the ledger's format", { report: outdated("and this program knows only format 7") }, null],
    ...(["away", "locked", "full", "lost", "corrupt"] as const).map((store): [string, Partial<Observation>, string] => [
      `the store is ${store}`,
      { report: report({ store }) },
      "StoreAway",
    ]),
  ];
  for (const [what, fields, reason] of HOLDS) {
    it(`${reason ? "wait" : "do not wait"} when ${what}`, () => {
      assert.equal(findingsOf(observation(fields)).hold?.reason ?? null, reason);
    });
  }
});
