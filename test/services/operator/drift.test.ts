import assert from "node:assert/strict";
import type { KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { CHILD_KINDS } from "../../../internal/services/operator/child_kinds.ts";
import { pod } from "../../adapters/kubernetes/pods.ts";
import { PODS } from "../../adapters/kubernetes/resources.ts";
import { eventually } from "../../eventually.ts";
import { type OperatorWorld, withOperatorWorld } from "./operator_world.ts";

const STORES = [
  ["no volume", { etcd: { managed: { emptyDir: {} } } }],
  ["a volume that stays", { etcd: { managed: {} } }],
] as const;

describe("operator: the objects of a resource", () => {
  let world: OperatorWorld;
  withOperatorWorld((begun) => {
    world = begun;
  });

  it("get their owner, and are left alone while they are as wanted", async () => {
    const running = world.operate();
    const { metadata } = await world.make("visits");
    await world.settled(running);
    const children = await world.children();
    assert.deepEqual([...children.keys()].sort(), EVERYTHING);
    for (const [title, child] of children) {
      const [owner] = child.metadata.ownerReferences ?? [];
      assert.deepEqual([owner?.uid, owner?.controller], [metadata.uid, true], title);
    }
    // A slow API server may have failed a reconcile meanwhile. `settled` has seen that none changes anything any more.
    await eventually(() => running.outcomes.at(-1) === "done");
  });

  it("are restored after a change, and an event says so", async () => {
    const running = world.operate();
    await world.make("visits");
    await world.settled(running);
    await world.change("Service", "visits", { spec: { selector: { app: "another" } } });
    await eventually(async () => {
      const selector = (await world.child("Service", "visits"))?.spec?.selector;
      return JSON.stringify(selector).includes('"app.kubernetes.io/instance":"visits"');
    });
    const [event] = await eventually(async () => nonEmpty(await world.events("visits", "DriftCorrected")));
    assert.equal(event?.message, "Service visits was changed and has been restored");
  });

  it("are found again after their labels were removed", async () => {
    const running = world.operate();
    await world.make("visits");
    await world.settled(running);
    await world.change("ConfigMap", "a-bystander", { data: { x: "1" } });
    const labels = { "app.kubernetes.io/managed-by": "somebody", "app.kubernetes.io/instance": "nothing" };
    await world.change("PodDisruptionBudget", "visits", {}, { labels });
    await eventually(async () => {
      const budget = await world.child("PodDisruptionBudget", "visits");
      return budget?.metadata.labels?.["app.kubernetes.io/instance"] === "visits";
    });
    assert.ok(await world.child("ConfigMap", "a-bystander"));
  });

  it("are created again after they were deleted, whatever their kind", async () => {
    const first = world.operate();
    await world.make("visits");
    await world.settled(first);
    await first.operator.stop();
    await world.settled(world.operate());
    const before = await world.children();
    for (const title of before.keys()) {
      const [kind = "", name = ""] = title.split(" ");
      await world.remove(kind, name);
    }
    await eventually(async () => {
      const now = await world.children();
      const isNew = (title: string) =>
        now.has(title) && now.get(title)?.metadata.uid !== before.get(title)?.metadata.uid;
      return EVERYTHING.every(isNew);
    });
    await eventually(async () => (await world.events("visits", "DriftCorrected")).length === EVERYTHING.length);
  });

  it("are scaled back, and an event names the command that scales the resource", async () => {
    const running = world.operate();
    await world.make("visits");
    await world.settled(running);
    await world.change("Deployment", "visits", { spec: { replicas: 5 } });
    await eventually(async () => (await world.child("Deployment", "visits"))?.spec?.replicas === 2);
    const [event] = await eventually(async () => nonEmpty(await world.events("visits", "ScaledByHand")));
    assert.match(
      event?.message ?? "",
      /a-person scaled .* to 5; the operator has set it back to 2\..* kubectl scale gcc\/visits --replicas=5/,
    );
    await world.make("visits", { replicas: 5 });
    await eventually(async () => (await world.child("Deployment", "visits"))?.spec?.replicas === 5);
    assert.equal((await world.events("visits", "ScaledByHand")).length, 1);
  });

  it("are deleted when the resource no longer wants them, and no others are", async () => {
    const running = world.operate();
    await world.make("visits", { monitoring: { dashboard: {} } });
    await world.settled(running);
    assert.ok(await world.child("ConfigMap", "visits-dashboard"));
    await world.change("NetworkPolicy", "a-bystander", { spec: { podSelector: {} } });
    await world.make("visits", { disruptionBudget: false, networkPolicy: false });
    const gone = ["PodDisruptionBudget visits", "NetworkPolicy visits", "ConfigMap visits-dashboard"];
    await eventually(async () => {
      const left = await world.children();
      return gone.every((title) => !left.has(title));
    });
    const left = await world.children();
    for (const title of ["NetworkPolicy a-bystander", "Deployment visits", "StatefulSet visits-etcd"]) {
      assert.ok(left.has(title), title);
    }
  });

  it("are not taken from another owner: the condition names the object until it is gone", async () => {
    await world.change("Service", "visits", { spec: { ports: [{ port: 5432 }] } });
    world.operate();
    await world.make("visits");
    const degraded = await eventually(async () => {
      const condition = await world.condition("visits", "Degraded");
      return condition?.status === "True" ? condition : null;
    });
    assert.deepEqual(degraded.reason, "Refused");
    assert.match(degraded.message, /Service visits: it exists and does not belong to this resource/);
    assert.equal((await world.child("Service", "visits"))?.metadata.ownerReferences, undefined);
    assert.ok(await world.child("Deployment", "visits"), "the rest is made");
    await world.remove("Service", "visits");
    await eventually(async () => (await world.child("Service", "visits"))?.metadata.ownerReferences?.length);
    await eventually(async () => (await world.condition("visits", "Degraded"))?.status === "False");
  });

  it("include policies that stay until the pods are gone, and that are then made anew for another resource", async () => {
    const running = world.operate();
    const first = await world.make("visits");
    const labels = {
      ...{ "app.kubernetes.io/name": "global-cluster", "app.kubernetes.io/instance": "visits" },
      "app.kubernetes.io/component": "counter",
    };
    const own = await world.api.create(PODS, pod(world.namespace, "visits-a", labels));
    const owners = async () =>
      ((await world.child("NetworkPolicy", "visits"))?.metadata.ownerReferences ?? []).map(({ uid }) => uid);
    await eventually(async () => (await owners()).includes(own.metadata.uid ?? ""));
    await world.settled(running);
    assert.deepEqual(await owners(), [first.metadata.uid, own.metadata.uid]);
    // As the garbage collector does when the resource is gone, and its pod is not yet.
    await running.operator.stop();
    await world.api.remove(RESOURCE, first.metadata);
    for (const [title, { metadata }] of await world.children()) {
      const [kind = "", name = ""] = title.split(" ");
      if (kind === "NetworkPolicy") await takeFromResource(kind, name, metadata.ownerReferences?.slice(1) ?? []);
      else await world.remove(kind, name);
    }
    const next = world.operate();
    const second = await world.make("visits");
    await eventually(async () => (await world.condition("visits", "Ready"))?.reason === "WaitsForFormerObjects");
    assert.deepEqual(await owners(), [own.metadata.uid]);
    for (const name of ["visits", "visits-etcd"]) await world.remove("NetworkPolicy", name);
    await eventually(async () => (await owners()).includes(second.metadata.uid));
    await world.settled(next);
  });

  async function takeFromResource(kind: string, name: string, ownerReferences: object[]): Promise<void> {
    const of = CHILD_KINDS.find((one) => one.kind === kind);
    const found = of && (await world.api.read<KubernetesObject>(of, world.namespace, name));
    assert.ok(of && found);
    const metadata = { ...found.metadata, ownerReferences };
    await world.api.replace(of, { ...found, metadata } as KubernetesObject, "garbage-collector");
  }

  it("are left to the garbage collector when the resource is deleted, and then to a new resource of its name", async () => {
    const running = world.operate();
    const first = await world.make("visits");
    await world.settled(running);
    await world.api.remove(RESOURCE, first.metadata);
    const second = await world.make("visits");
    const turns = running.outcomes.length;
    await eventually(() => running.outcomes.length > turns + 2);
    assert.equal(running.outcomes.at(-1), "waiting");
    await eventually(async () => (await world.condition("visits", "Ready"))?.reason === "WaitsForFormerObjects");
    const old = await world.children();
    for (const [title, { metadata }] of old)
      assert.equal(metadata.ownerReferences?.[0]?.uid, first.metadata.uid, title);
    // No garbage collector runs here, so the test deletes the objects.
    for (const title of old.keys()) await world.remove(title.split(" ")[0] ?? "", title.split(" ")[1] ?? "");
    await eventually(async () => {
      const now = [...(await world.children()).values()];
      return (
        now.length === old.size &&
        now.every(({ metadata }) => metadata.ownerReferences?.[0]?.uid === second.metadata.uid)
      );
    });
  });

  for (const [on, store] of STORES) {
    it(`are created only after the store of an earlier resource of its name is gone: on ${on}`, async () => {
      const ofStore = { "app.kubernetes.io/name": "global-cluster", "app.kubernetes.io/component": "etcd" };
      const labels = { ...ofStore, "app.kubernetes.io/instance": "visits" };
      const former = await world.api.create(PODS, pod(world.namespace, "visits-etcd-0", labels));
      // Kubernetes writes times with whole seconds.
      await eventually(() => Date.now() >= Date.parse(former.metadata.creationTimestamp ?? "") + 1_000);
      const running = world.operate();
      await world.make("visits", { store });
      await eventually(() => running.outcomes.filter((outcome) => outcome === "waiting").length > 2);
      assert.ok(!running.outcomes.includes("done"));
      assert.equal((await world.children()).size, 0);
      const ready = await eventually(() => world.condition("visits", "Ready"));
      assert.equal(ready.reason, "WaitsForFormerStore");
      assert.match(ready.message, /visits-etcd-0/);
      await world.api.remove(PODS, former.metadata);
      await world.settled(running);
      assert.equal((await world.children()).size, EVERYTHING.length);
    });
  }

  it("are not created again once the resource is deleted", async () => {
    const running = world.operate();
    const { metadata } = await world.make("visits");
    await world.settled(running);
    await world.api.remove(RESOURCE, metadata);
    await eventually(() => running.operator.statistics().resources === 0);
    await world.remove("Deployment", "visits");
    await world.remove("Service", "visits");
    // A second resource shows that the operator has seen all that by now.
    await world.make("another");
    await eventually(async () => await world.child("Deployment", "another"));
    assert.equal(await world.child("Deployment", "visits"), null);
    assert.equal(await world.child("Service", "visits"), null);
  });
});

const RESOURCE = { apiVersion: "globalcluster.dev/v1alpha1", plural: "counterclusters", namespaced: true };

const EVERYTHING = [
  "Deployment visits",
  "NetworkPolicy visits",
  "NetworkPolicy visits-etcd",
  "PodDisruptionBudget visits",
  "PodDisruptionBudget visits-etcd",
  "Role visits",
  "RoleBinding visits",
  "Secret visits-authority",
  "Secret visits-counter-tls",
  "Secret visits-store-tls",
  "Service visits",
  "Service visits-etcd",
  "Service visits-peers",
  "ServiceAccount visits",
  "StatefulSet visits-etcd",
];

function nonEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length > 0 ? list : null;
}
