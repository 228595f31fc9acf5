import assert from "node:assert/strict";
import { isoTime } from "../../../internal/core/iso_time.ts";
import type { ChildMeta } from "../../../internal/core/operator/children.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { Observation } from "../../../internal/core/operator/observation.ts";
import {
  cluster,
  conditionIn,
  DEFAULTS,
  managedEtcd,
  NOW,
  observation,
  pod,
  report,
  running,
  statusOf,
  told,
} from "./samples.ts";

describe("the condition Degraded reports", () => {
  const claim = (name: string, labels: Record<string, string>, fields: object = {}) => ({
    metadata: { name, labels },
    status: { phase: "Bound" },
    ...fields,
  });
  const pending = (spec: object = {}) => [
    claim("data-visits-etcd-0", { "globalcluster.dev/members": "1" }, { status: { phase: "Pending" }, spec }),
  ];
  const standard = (isDefault: boolean) => ({
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) } },
  });
  const waiting = (reason: string, message = "") =>
    pod("visits-a", "counter", { containerStatuses: [{ name: "counter", state: { waiting: { reason, message } } }] });
  const refusing = pod("visits-etcd-0", "etcd", {
    initContainerStatuses: [
      {
        name: "prepare",
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: {
          terminated: {
            exitCode: 3,
            message: '{"level":"info","event":"x"}\n{"level":"error","event":"Refuses: the volume is of 3 members"}\n',
          },
        },
      },
    ],
  });
  const noMachine = pod("visits-a", "counter", {
    phase: "Pending",
    conditions: [
      {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: "0/1 nodes are available: 1 Insufficient cpu.",
      },
    ],
  });
  const withPod = (one: ReturnType<typeof pod>) => running({}, { pods: [one] });
  const failing = {
    ...running(),
    deployment: {
      ...running().deployment,
      status: { conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }] },
    },
  } as Observation;
  const kept = (members: number, label: Record<string, string>) =>
    observation({
      cluster: cluster({ store: managedEtcd({ members: members as 1 | 3 }) }),
      volumes: [claim("data-visits-etcd-0", label)],
    });

  const TABLE: [string, Observation, string, RegExp][] = [
    [
      "no default StorageClass",
      observation({ volumes: pending(), storageClasses: [standard(false)] }),
      "NoDefaultStorageClass",
      /no default StorageClass.*managed\.storage/,
    ],
    [
      "no such StorageClass",
      observation({ volumes: pending({ storageClassName: "fast" }), storageClasses: [standard(true)] }),
      "NoSuchStorageClass",
      /no StorageClass fast/,
    ],
    [
      "a volume that stays pending",
      observation({ volumes: pending(), storageClasses: [standard(true)] }),
      "VolumePending",
      /kubectl describe pvc/,
    ],
    [
      "no default StorageClass if the operator may not read them",
      observation({ volumes: pending() }),
      "NoDefaultStorageClass",
      /data-visits-etcd-0.*no default StorageClass/,
    ],
    [
      "a pending volume of a class if the operator may not read them",
      observation({ volumes: pending({ storageClassName: "fast" }) }),
      "VolumePending",
      /data-visits-etcd-0.*fast/,
    ],
    [
      "kept volumes of another number of members",
      kept(3, { "globalcluster.dev/members": "1" }),
      "KeptVolumes",
      /members to 1 .*kubectl delete pvc -n web data-visits-etcd-0/,
    ],
    [
      "kept volumes without a number of members",
      kept(1, {}),
      "KeptVolumes",
      /do not say which store.*another name.*kubectl delete pvc -n web data-visits-etcd-0$/,
    ],
    [
      "a lost store",
      running({}, { report: report({ store: "lost", storeDetail: "version 7 was seen." }) }),
      "StoreLost",
      /\(version 7 was seen\)\. To adopt what it has: kubectl exec -it -n web deploy\/visits -- node cmd\/adopt\.ts$/,
    ],
    ["a full store", running({}, { report: report({ store: "full" }) }), "StoreFull", /Counting continues/],
    ["a corrupt ledger", running({}, { report: report({ store: "corrupt" }) }), "StoreCorrupt", /does not add up/],
    [
      "a missing image",
      withPod(waiting("ImagePullBackOff", "manifest unknown")),
      "ImageNotPulled",
      /visits-a \(container counter\): manifest unknown/,
    ],
    [
      "a missing Secret",
      withPod(waiting("CreateContainerConfigError", 'secret "user" not found')),
      "PodNotConfigured",
      /secret "user" not found/,
    ],
    ["a pod that cannot be scheduled", withPod(noMachine), "Unschedulable", /Insufficient cpu/],
    [
      "a member that refuses to start, with its own words",
      withPod(refusing),
      "PodCrashes",
      /container prepare\): Refuses: the volume is of 3 members$/,
    ],
    ["pods that a quota refuses", failing, "PodsRefused", /exceeded quota/],
    [
      "an object that the API server refuses",
      running({}, { refusedObjects: [{ object: "Deployment visits", message: "affinity is invalid" }] }),
      "Refused",
      /^Deployment visits: affinity is invalid$/,
    ],
  ];
  for (const [what, seen, reason, words] of TABLE) {
    it(what, () => {
      const status = statusOf(seen);
      assert.equal(told(status, "Degraded"), `True ${reason}`);
      assert.match(conditionIn(status, "Degraded").message, words);
      assert.match(told(status, "Ready"), /^False/);
    });
  }

  describe("a member of the store that waits for the others", () => {
    const member = (seconds: number) => {
      const state = { running: { startedAt: isoTime(NOW - seconds * 1_000) } };
      return pod("visits-etcd-1", "etcd", { phase: "Pending", initContainerStatuses: [{ name: "prepare", state }] });
    };
    const three = { store: managedEtcd({ members: 3 }) };
    const ready = (readyReplicas: number) => ({
      statefulSet: { metadata: { name: "visits-etcd" }, status: { readyReplicas } },
    });
    const away = report({ store: "away" });
    const WAITING: [string, number, Partial<Observation>, string][] = [
      ["for two minutes", 120, { report: away }, "True MemberWaits"],
      ["for less", 119, { report: away }, "False AsExpected"],
      ["while the store takes commits", 600, {}, "False AsExpected"],
      ["when nobody answers, and there is no quorum", 600, { report: null, ...ready(1) }, "True MemberWaits"],
      ["when nobody answers, and there is a quorum", 600, { report: null, ...ready(2) }, "False AsExpected"],
    ];
    for (const [when, seconds, fields, expected] of WAITING) {
      it(when, () => {
        const status = statusOf(running(three, { ...ready(1), pods: [member(seconds)], ...fields }));
        assert.equal(told(status, "Degraded"), expected);
        const says = /visits-etcd-1 waits .*more than half.* kubectl logs -n web visits-etcd-1 -c prepare$/;
        assert.equal(says.test(conditionIn(status, "Degraded").message), expected.startsWith("True"));
      });
    }
  });

  describe("but not in the first minute of", () => {
    const aged = (metadata: ChildMeta, seconds: number) => ({
      ...metadata,
      creationTimestamp: isoTime(NOW - seconds * 1_000),
    });
    const volume = (spec: object) => (seconds: number) =>
      observation({
        volumes: pending(spec).map((one) => ({ ...one, metadata: aged(one.metadata, seconds) })),
        storageClasses: [standard(true)],
      });
    const AGED: [string, (seconds: number) => Observation, string, string][] = [
      ["a volume", volume({ storageClassName: "standard" }), "False AsExpected", "True VolumePending"],
      [
        "a pod that cannot be scheduled",
        (seconds) => withPod({ ...noMachine, metadata: aged(noMachine.metadata, seconds) }),
        "False AsExpected",
        "True Unschedulable",
      ],
      [
        "a volume of a missing StorageClass, which waiting does not help",
        volume({ storageClassName: "fast" }),
        "True NoSuchStorageClass",
        "True NoSuchStorageClass",
      ],
      [
        "a volume without a default StorageClass, which waiting does not help",
        (seconds) => ({ ...volume({})(seconds), storageClasses: [standard(false)] }),
        "True NoDefaultStorageClass",
        "True NoDefaultStorageClass",
      ],
    ];
    for (const [what, seen, early, late] of AGED) {
      it(what, () => {
        assert.equal(told(statusOf(seen(1)), "Degraded"), early);
        assert.equal(told(statusOf(seen(59)), "Degraded"), early);
        assert.equal(told(statusOf(seen(60)), "Degraded"), late);
      });
    }
  });

  it("nothing about a store that does not answer, because it comes back by itself", () => {
    assert.equal(told(statusOf(running({}, { report: report({ store: "away" }) })), "Degraded"), "False AsExpected");
  });

  it("kept volumes, and the operator starts no store on them unless it runs already", () => {
    const seen = kept(3, { "globalcluster.dev/members": "1" });
    const sets = (one: Observation) =>
      decide(one, null, DEFAULTS).objects.filter(({ kind }) => kind === "StatefulSet").length;
    assert.equal(sets(seen), 0);
    assert.equal(sets({ ...seen, statefulSet: { metadata: { name: "visits-etcd" } } }), 1);
    assert.equal(sets(kept(3, { "globalcluster.dev/members": "3" })), 1);
  });

  it("three of a thousand failed pods", () => {
    const pods = Array.from({ length: 1_000 }, (_, index) => ({
      ...waiting("ImagePullBackOff", "gone"),
      metadata: pod(`visits-${index}`, "counter").metadata,
    }));
    const message = conditionIn(statusOf(running({}, { pods })), "Degraded").message;
    assert.match(message, /visits-0 .*visits-2 .*and 997 more/);
  });
});
