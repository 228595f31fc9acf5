import assert from "node:assert/strict";
import { isoTime } from "../../../internal/core/iso_time.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { Observation } from "../../../internal/core/operator/observation.ts";
import { cluster, conditionIn, DEFAULTS, NOW, observation, report, running, statusOf, told } from "./samples.ts";

describe("the status", () => {
  it("has all numbers and conditions of a healthy cluster", () => {
    const status = statusOf(running());
    const { conditions = [], ...rest } = status;
    assert.deepEqual(rest, {
      observedGeneration: 4,
      replicas: 3,
      readyReplicas: 3,
      selector:
        "app.kubernetes.io/name=global-cluster,app.kubernetes.io/instance=visits,app.kubernetes.io/component=counter",
      leader: "visits-a",
      total: "1000",
      counters: [{ name: "visits", total: "1000" }],
      lag: 0,
      ledgerID: "first",
    });
    assert.deepEqual(
      conditions.map(({ type, status, reason, lastTransitionTime }) => [type, status, reason, lastTransitionTime]),
      [
        ["Ready", "True", "Counting", "2026-01-01T00:00:00Z"],
        ["Progressing", "False", "Done", "2026-01-01T00:00:00Z"],
        ["Degraded", "False", "AsExpected", "2026-01-01T00:00:00Z"],
        ["StoreHealthy", "True", "Commits", "2026-01-01T00:00:00Z"],
        ["Secure", "True", "TLS", "2026-01-01T00:00:00Z"],
        ["Isolated", "True", "Enforced", "2026-01-01T00:00:00Z"],
      ],
    );
  });

  it("keeps a condition's transition time until its status changes", () => {
    const first = decide(running(), null, DEFAULTS);
    const later = statusOf(running({}, { now: NOW + 5_000, report: report({ at: NOW + 5_000 }) }), first.next);
    assert.deepEqual(later.conditions, first.status.conditions);
    const away = statusOf(running({}, { now: NOW + 5_000, report: report({ store: "away" }) }), first.next);
    assert.equal(away.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime, "2026-01-01T00:00:05Z");
    assert.equal(away.conditions?.find(({ type }) => type === "Degraded")?.lastTransitionTime, "2026-01-01T00:00:00Z");
  });

  describe("becomes ready", () => {
    const ready = (seen: Observation) => told(statusOf(seen), "Ready");
    const counts = (fields: object) => {
      const seen = running();
      return {
        ...seen,
        deployment: { ...seen.deployment, status: { ...seen.deployment?.status, ...fields } },
      } as Observation;
    };
    const nodes = report().nodes;
    const TABLE: [string, Observation, string][] = [
      ["when all replicas count", running(), "True Counting"],
      ["when the spec asks for none", running({ replicas: 0 }, { report: null }), "True ScaledToZero"],
      ["not before the Deployment exists", observation(), "False Creating"],
      [
        "not before the store of an earlier resource is gone",
        observation({ formerStorePods: ["visits-etcd-0"], leaving: ["StatefulSet visits-etcd"] }),
        "False WaitsForFormerStore",
      ],
      [
        "not before the objects of an earlier resource are gone",
        observation({ leaving: ["Deployment visits"] }),
        "False WaitsForFormerObjects",
      ],
      [
        "even while another object of it is being deleted",
        running({}, { leaving: ["Ingress visits"] }),
        "True Counting",
      ],
      [
        "not while the Deployment's controller has not seen the change",
        counts({ observedGeneration: 1 }),
        "False Applying",
      ],
      [
        "not before the present spec was applied",
        { ...running(), cluster: cluster({ image: "new" }) },
        "False Applying",
      ],
      ["not before the new number was applied", { ...running(), cluster: cluster({ replicas: 5 }) }, "False Applying"],
      ["not while old pods are there", counts({ replicas: 4, updatedReplicas: 3 }), "False RollingOut"],
      ["not while there are too many pods", counts({ replicas: 5, updatedReplicas: 5 }), "False Scaling"],
      ["not while one is not ready", counts({ readyReplicas: 2 }), "False Starting"],
      ["not before a pod reports", running({}, { report: null }), "False NobodyAnswers"],
      ["not while the store is away", running({}, { report: report({ store: "away" }) }), "False StoreAway"],
      ["not before there is a ledger", running({}, { report: report({ store: "founding" }) }), "False Founding"],
      ["not while commits come late", running({}, { report: report({ age: 9 }) }), "False Lagging"],
      [
        "not before the leader knows all pods",
        running({}, { report: report({ nodes: nodes.slice(1) }) }),
        "False NotCounting",
      ],
      [
        "not while the leader cannot reach one",
        running(
          {},
          { report: report({ nodes: nodes.map((node, at) => (at ? node : { ...node, state: "unreachable" })) }) },
        ),
        "False NotCounting",
      ],
      ["even while one of the store's members is away", running({}, { statefulSet: null }), "True Counting"],
    ];
    for (const [when, seen, expected] of TABLE) it(when, () => assert.equal(ready(seen), expected));

    it("not while former pods exist, and names them and the command that helps", () => {
      const waiting = statusOf(observation({ formerStorePods: ["visits-etcd-0", "visits-etcd-1"] }));
      assert.equal(told(waiting, "Progressing"), "True WaitsForFormerStore");
      const words = /: visits-etcd-0, visits-etcd-1\. If .*: kubectl delete pod -n web visits-etcd-0 --force$/;
      assert.match(conditionIn(waiting, "Ready").message, words);
    });

    const refused = (object: string, fields: Partial<Observation> = {}) =>
      running({}, { refusedObjects: [{ object, message: "it is invalid" }], ...fields });
    for (const object of [
      "Deployment visits",
      "StatefulSet visits-etcd",
      "Service visits",
      "ServiceAccount visits",
      "Role visits",
      "RoleBinding visits",
      "ConfigMap visits-ledger",
    ]) {
      it(`not while the API server refuses the ${object}`, () => {
        assert.equal(ready(refused(object)), "False Refused");
      });
    }
    for (const object of [
      "PodMonitor visits",
      "ConfigMap visits-dashboard",
      "Ingress visits",
      "PodDisruptionBudget visits",
      "NetworkPolicy visits",
    ]) {
      it(`even while the API server refuses the ${object}, which is degraded but counts`, () => {
        const status = statusOf(refused(object));
        assert.equal(told(status, "Ready"), "True Counting");
        assert.equal(told(status, "Degraded"), "True Refused");
        assert.equal(conditionIn(status, "Degraded").message, `${object}: it is invalid`);
        assert.equal(told(status, "Progressing"), "False Refused");
        assert.match(
          conditionIn(status, "Progressing").message,
          new RegExp(`except the refused objects: ${object}\\.$`),
        );
      });
    }

    it("not while something else prevents counting, whatever is refused", () => {
      const status = statusOf({
        ...counts({ readyReplicas: 2 }),
        refusedObjects: refused("PodMonitor visits").refusedObjects,
      });
      assert.equal(told(status, "Ready"), "False Starting");
    });

    it("not while a rollout is postponed", () => {
      const seen = { ...running(), cluster: cluster({ image: "new" }), report: report({ store: "away" }) };
      assert.equal(ready(seen), "False RolloutPostponed");
    });

    it("not through pods that are being deleted", () => {
      const [first, ...others] = running().pods;
      assert.ok(first);
      const leaving = { ...first, metadata: { ...first.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
      const status = statusOf(running({}, { pods: [leaving, ...others] }));
      assert.equal(told(status, "Ready"), "False Starting");
      assert.equal(conditionIn(status, "Ready").message, "2 of 3 pods count; 1 is starting.");
    });

    describe("while the leader does not hear a pod", () => {
      const [first, ...others] = running().pods;
      assert.ok(first);
      /** The first pod runs for so many seconds, and the leader says this of it. */
      const unheard = (seconds: number, known: readonly string[], state?: "unreachable" | "draining") => {
        const startedAt = isoTime(NOW - seconds * 1_000);
        const containerStatuses = [{ name: "counter", state: { running: { startedAt } } }];
        const all = nodes.flatMap((node) =>
          node.name === first.metadata.name ? (state ? [{ ...node, state }] : []) : [node],
        );
        return statusOf(
          running(
            {},
            {
              pods: [{ ...first, status: { ...first.status, containerStatuses } }, ...others],
              report: report({ nodes: all.filter(({ name }) => known.includes(name)) }),
            },
          ),
        );
      };
      const names = nodes.map(({ name }) => name);
      const message = (status: ReturnType<typeof unheard>) => conditionIn(status, "Ready").message;

      it("that is new, reports a start and how many pods count, because this is no outage", () => {
        for (const status of [unheard(5, names), unheard(5, names, "unreachable")]) {
          assert.equal(told(status, "Ready"), "False Starting");
          assert.equal(message(status), "2 of 3 pods count; 1 is starting.");
        }
      });

      it("that has run for a minute, names it", () => {
        const status = unheard(60, names, "unreachable");
        assert.equal(told(status, "Ready"), "False NotCounting");
        assert.equal(message(status), "2 of 3 pods count; visits-a is unreachable.");
      });

      it("that is new and draining, names it", () => {
        assert.equal(message(unheard(5, names, "draining")), "2 of 3 pods count; visits-a is draining.");
      });

      it("and no pod counts, does not report a start", () => {
        assert.equal(told(unheard(5, []), "Ready"), "False NotCounting");
      });
    });
  });
});
