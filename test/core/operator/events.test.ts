import assert from "node:assert/strict";
import type { Pod } from "../../../internal/core/operator/children.ts";
import type { CounterClusterSpec } from "../../../internal/core/operator/counter_cluster.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { PreviousState } from "../../../internal/core/operator/decision.ts";
import type { Observation } from "../../../internal/core/operator/observation.ts";
import { cluster, DEFAULTS, NOW, objectOf, observation, pod, report, settled } from "./samples.ts";

const PODS = ["visits-a", "visits-b", "visits-c"].map((name) => pod(name, "counter"));

function running(fields: Partial<Observation> = {}, spec: Partial<CounterClusterSpec> = {}): Observation {
  const { objects } = decide(observation({ cluster: cluster(spec) }), null, DEFAULTS);
  const [deployment, store] = [objectOf(objects, "Deployment"), objectOf(objects, "StatefulSet", "visits-etcd")];
  const there = { deployment: settled(deployment, 3), statefulSet: settled(store, 1) };
  return observation({
    cluster: cluster(spec),
    ...there,
    pods: [...PODS, pod("visits-etcd-0", "etcd")],
    report: report(),
    ...fields,
  });
}

/** What is told of the last of these observations, as `reason: message`. */
function told(...seen: Observation[]): string[] {
  let before: PreviousState | null = null;
  let events: readonly { reason: string; message: string }[] = [];
  for (const one of seen) ({ events, next: before } = decide(one, before, DEFAULTS));
  return events.map(({ reason, message }) => `${reason}: ${message}`);
}

/** The same, for an operator that was started again in between: all that it has is the status. */
function toldAfterRestart(first: Observation, second: Observation): string[] {
  const { status } = decide(first, null, DEFAULTS);
  return told({ ...second, cluster: { ...second.cluster, status } });
}

function ended(one: Pod, report: unknown): Pod {
  const metadata = { ...one.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
  const terminated = { exitCode: 0, message: typeof report === "string" ? report : JSON.stringify(report) };
  return { metadata, status: { phase: "Succeeded", containerStatuses: [{ name: "counter", state: { terminated } }] } };
}

describe("events", () => {
  it("report when all pods count for the first time, and who leads", () => {
    const starting = running({ report: null });
    assert.deepEqual(told(starting, running()), [
      "LeaderChanged: visits-a became the leader",
      "Ready: Counting: 3 of 3 pods count.",
    ]);
  });

  it("report nothing when nothing has happened, or when the operator restarts", () => {
    assert.deepEqual(told(running(), running({ now: NOW + 2_000 })), []);
    assert.deepEqual(toldAfterRestart(running(), running({ now: NOW + 2_000 })), []);
  });

  it("report another leader, even if nobody led in between or the operator was away", () => {
    const other = running({ report: report({ leader: "id of visits-b" }) });
    const nobody = running({ report: report({ leader: null }) });
    const expected = ["LeaderChanged: visits-b became the leader after visits-a"];
    assert.deepEqual(told(running(), other), expected);
    assert.deepEqual(told(running(), nobody), []);
    assert.deepEqual(told(running(), nobody, other), expected);
    assert.deepEqual(toldAfterRestart(running(), other), expected);
  });

  it("report scaling", () => {
    assert.equal(
      told(running(), running({ cluster: cluster({ replicas: 10 }) }))[0],
      "Scaled: Scaled from 3 to 10 pods",
    );
  });

  it("report once that the store does not answer, and once that it is back", () => {
    const away = running({ report: report({ store: "away", storeDetail: "no connection." }) });
    assert.deepEqual(told(running(), away), [
      "StoreAway: The store does not answer (no connection). Counting continues, and hits are kept until they can be committed.",
    ]);
    assert.deepEqual(told(running(), away, away), []);
    assert.deepEqual(told(running(), away, running()), [
      "StoreBack: The store takes commits. Before: StoreAway.",
      "Ready: Counting: 3 of 3 pods count.",
    ]);
  });

  it("report once that the store has lost its data, and then the adopted ledger", () => {
    const lost = running({ report: report({ store: "lost" }) });
    assert.match(told(running(), lost).join(), /^StoreLost: The store has lost its ledger.*adopt\.ts$/s);
    const adopted = told(running(), lost, running({ report: report({ ledger: "second", total: 1n }) }));
    assert.deepEqual(
      adopted.map((text) => text.split(":")[0]),
      ["LedgerAdopted", "Recovered", "StoreBack", "Ready"],
    );
  });

  it("report a postponed rollout, one that begins, and what needs action", () => {
    const wanted = { cluster: cluster({ image: "new" }) };
    const postponed = told(running(), running({ ...wanted, report: report({ store: "away" }) }));
    assert.match(postponed.join(), /RolloutPostponed: Postponed: restarting pods, because the store is away/);
    const half = running();
    const status = { ...half.deployment?.status, replicas: 4, updatedReplicas: 1 };
    assert.ok(half.deployment);
    const rolling = told(running(), { ...half, deployment: { ...half.deployment, status } } as Observation);
    assert.deepEqual(rolling, ["RollingOut: 1 of 4 pods are updated."]);
    const refused = told(
      running(),
      running({ refusedObjects: [{ object: "Deployment visits", message: "it is invalid" }] }),
    );
    assert.deepEqual(refused, ["Refused: Deployment visits: it is invalid"]);
  });

  describe("report a pod that ended", () => {
    const [first, ...others] = PODS;
    assert.ok(first);
    const eventsAfter = (report: unknown) => told(running(), running({ pods: [ended(first, report), ...others] }));
    const ofPods = (events: string[]) => events.filter((text) => /^Pod(Not)?Drained/.test(text));

    const TABLE: [string, unknown, string[]][] = [
      ["with all committed", { handedOver: 0, left: 0 }, ["PodDrained: visits-a drained: all its hits are committed"]],
      [
        "with hits handed over",
        { handedOver: 12, left: 0 },
        ["PodDrained: visits-a drained: it handed 12 hits over to other pods"],
      ],
      [
        "with hits left",
        { handedOver: 0, left: 1 },
        ["PodNotDrained: visits-a ended with 1 hit that it could neither commit nor hand over"],
      ],
      ["with no report", "", []],
      ["with something else", '"all well"', []],
      ["with half a report", { handedOver: "12" }, []],
    ];
    for (const [how, report, expected] of TABLE) it(how, () => assert.deepEqual(ofPods(eventsAfter(report)), expected));

    it("once", () => {
      const gone = running({ pods: [ended(first, { handedOver: 0, left: 0 }), ...others] });
      assert.deepEqual(ofPods(told(running(), gone, gone)), []);
    });
  });
});
