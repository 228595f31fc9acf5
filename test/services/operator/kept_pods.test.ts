import assert from "node:assert/strict";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { COUNTER_CLUSTERS } from "../../../internal/services/operator/cache.ts";
import { eventually } from "../../eventually.ts";
import { type OperatorWorld, withOperatorWorld } from "./operator_world.ts";

describe("operator: running pods", () => {
  let world: OperatorWorld;
  withOperatorWorld((begun) => {
    world = begun;
  });
  beforeEach(async () => {
    const running = world.operate({ image: "counter:1" });
    await world.make("visits");
    await world.settled(running);
    await running.operator.stop();
  });

  const workloads = () => Promise.all([world.child("Deployment", "visits"), world.child("StatefulSet", "visits-etcd")]);
  const images = async () => (await workloads()).map((workload) => imageIn(workload?.spec));

  it("stay if somebody removed the label by which a newer operator finds their workload", async () => {
    await world.settled(world.operate({ image: "counter:2" }));
    for (const [kind, name] of [["Deployment", "visits"] as const, ["StatefulSet", "visits-etcd"] as const]) {
      await world.change(kind, name, {}, { labels: { "app.kubernetes.io/managed-by": "somebody" } });
      await eventually(async () => {
        const labels = (await world.child(kind, name))?.metadata.labels;
        return labels?.["app.kubernetes.io/managed-by"] === "global-cluster-operator";
      });
    }
    assert.deepEqual(await images(), ["counter:1", "counter:1"]);
  });

  it("stay if a newer operator may not list workloads for a moment, for example while an API server starts", async () => {
    const running = world.operate({
      image: "counter:2",
      api: refusingToList(world.api, ["deployments", "statefulsets"]),
    });
    await world.settled(running);
    assert.deepEqual(await images(), ["counter:1", "counter:1"]);
  });

  it("of the store stay if helm gives the counters another image, and with it no pull policy", async () => {
    const running = world.operate({ image: "counter:1" });
    await world.make("shop", { image: "counter:1", imagePullPolicy: "IfNotPresent" });
    await world.settled(running);
    const before = await world.child("StatefulSet", "shop-etcd");
    await world.make("shop", { image: "wrong:9" });
    await eventually(async () => imageIn((await world.child("Deployment", "shop"))?.spec) === "wrong:9");
    await world.settled(running);
    const after = await world.child("StatefulSet", "shop-etcd");
    assert.equal(after?.metadata.generation, before?.metadata.generation);
    assert.equal(imageIn(after?.spec), "counter:1");
  });

  it("are not those of an earlier resource of the same name, whose last objects are deleted meanwhile", async () => {
    await world.api.remove(COUNTER_CLUSTERS, (await world.cluster("visits")).metadata);
    await world.remove("ServiceAccount", "visits");
    const { uid } = (await world.make("visits")).metadata;
    // No garbage collector runs here, so the test deletes the objects, in the middle of the new resource's first reconcile.
    const collect = async () => {
      for (const title of (await world.children()).keys()) {
        const [kind = "", name = ""] = title.split(" ");
        if (kind !== "ServiceAccount") await world.remove(kind, name);
      }
    };
    world.operate({ image: "counter:2", api: interrupted(world.api, "ServiceAccount", collect) });
    await eventually(async () => {
      const made = await workloads();
      return made.every((workload) => workload?.metadata.ownerReferences?.[0]?.uid === uid);
    });
    assert.deepEqual(await images(), ["counter:2", "counter:2"]);
  });
});

/** The image of the first container; of a store, of what prepares it. */
function imageIn(spec: unknown): string | undefined {
  type Container = { readonly image: string };
  type Pods = { readonly template: { readonly spec: { containers: Container[]; initContainers?: Container[] } } };
  const pods = (spec as Pods | undefined)?.template.spec;
  return (pods?.initContainers ?? pods?.containers)?.[0]?.image;
}

/** Lists of these kinds are refused, and nothing else is. */
function refusingToList(api: KubernetesApi, kinds: readonly string[]): KubernetesApi {
  return {
    ...bound(api),
    watch: (resource, scope, handler) => {
      if (!kinds.includes(resource.plural)) return api.watch(resource, scope, handler);
      handler.failed(new KubernetesError("forbidden", 403, "Forbidden"));
      return () => {};
    },
  };
}

/** `meanwhile` happens, and everybody has heard of it, before the first object of `kind` is applied. */
function interrupted(api: KubernetesApi, kind: string, meanwhile: () => Promise<void>): KubernetesApi {
  const gone = new Set<string>();
  let happened: Promise<void> | null = null;
  const happens = async () => {
    await meanwhile();
    await eventually(() => gone.has("Deployment visits") && gone.has("StatefulSet visits-etcd"));
  };
  return {
    ...bound(api),
    watch: (resource, scope, handler) =>
      api.watch(resource, scope, {
        ...handler,
        deleted: (object) => {
          handler.deleted(object);
          gone.add(`${object.kind} ${object.metadata.name}`);
        },
      }),
    apply: async <T extends KubernetesObject>(...[resource, object, options]: Parameters<KubernetesApi["apply"]>) => {
      if (object.kind === kind) {
        happened ??= happens();
        await happened;
      }
      return api.apply<T>(resource, object as T, options);
    },
  };
}

/** An object whose methods can be taken over one by one. */
function bound(api: KubernetesApi): KubernetesApi {
  return {
    read: api.read.bind(api),
    list: api.list.bind(api),
    create: api.create.bind(api),
    apply: api.apply.bind(api),
    replace: api.replace.bind(api),
    remove: api.remove.bind(api),
    watch: api.watch.bind(api),
  };
}
