import assert from "node:assert/strict";
import type { Pod } from "../../../internal/core/operator/children.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import { ROLL_OUT_ANYWAY } from "../../../internal/core/operator/hold.ts";
import type { Observation } from "../../../internal/core/operator/observation.ts";
import {
  cluster,
  conditionIn,
  DEFAULTS,
  managedEtcd,
  objectOf,
  observation,
  pod,
  settled,
  statusOf,
  told,
} from "./samples.ts";

type Members = 1 | 3;

const of = (members: Members, image = "etcd:old") => cluster({ store: managedEtcd({ members, image }) });

function member(ordinal: number, ready: boolean): Pod {
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  return pod(`visits-etcd-${ordinal}`, "etcd", { conditions });
}

/** A new image is wanted of a store of which these members are there and are ready or not. */
function seen(members: Members, ready: readonly boolean[], fields: Partial<Observation> = {}): Observation {
  const { objects } = decide(observation({ cluster: of(members) }), null, DEFAULTS);
  const store = settled(objectOf(objects, "StatefulSet", "visits-etcd"), members);
  const counters = settled(objectOf(objects, "Deployment"), 3);
  return observation({
    cluster: of(members, "etcd:new"),
    deployment: counters,
    statefulSet: { ...store, status: { ...store.status, readyReplicas: ready.filter(Boolean).length } },
    pods: ready.map((isReady, ordinal) => member(ordinal, isReady)),
    ...fields,
  });
}

function begins(one: Observation): boolean {
  const { objects } = decide(one, null, DEFAULTS);
  return JSON.stringify(objectOf(objects, "StatefulSet", "visits-etcd").spec).includes("etcd:new");
}

describe("a rollout of the store", () => {
  const [yes, no] = [true, false];
  const TABLE: [string, Observation, boolean][] = [
    ["begins when all of three members are ready", seen(3, [yes, yes, yes]), true],
    ["waits for the first", seen(3, [no, yes, yes]), false],
    ["waits for the second", seen(3, [yes, no, yes]), false],
    ["waits for one whose pod is not there", seen(3, [yes, yes]), false],
    ["begins when the last is not ready, which is the first to be replaced", seen(3, [yes, yes, no]), true],
    ["begins when there is no quorum, which may be what brings one back", seen(3, [no, yes, no]), true],
    ["begins when none is ready", seen(3, [no, no, no]), true],
    ["begins with an only member that is not ready", seen(1, [no]), true],
    ["begins with an only member", seen(1, [yes]), true],
  ];
  for (const [what, one, expected] of TABLE) {
    it(what, () => {
      assert.equal(begins(one), expected);
      assert.equal(told(statusOf(one), "Progressing") === "True StoreRolloutPostponed", !expected);
    });
  }

  it("says which member it waits for and how to proceed anyway, and then proceeds", () => {
    const waiting = seen(3, [no, yes, yes]);
    const { message } = conditionIn(statusOf(waiting), "Progressing");
    assert.match(message, /because visits-etcd-0 is not ready.*kubectl annotate gcc\/visits globalcluster/);
    const { cluster } = waiting;
    const metadata = { ...cluster.metadata, annotations: { [ROLL_OUT_ANYWAY]: "yes" } };
    assert.equal(begins({ ...waiting, cluster: { ...cluster, metadata } }), true);
  });

  it("is reported in an event when it waits", () => {
    const { next } = decide({ ...seen(3, [yes, yes, yes]), cluster: of(3) }, null, DEFAULTS);
    const { events } = decide(seen(3, [no, yes, yes]), next, DEFAULTS);
    assert.ok(events.some(({ reason }) => reason === "StoreRolloutPostponed"));
  });

  it("does not exist if the spec asks for nothing else", () => {
    const one = { ...seen(3, [no, yes, yes]), cluster: of(3) };
    assert.equal(told(statusOf(one), "Progressing"), "True StoreStarting");
  });
});
