import assert from "node:assert/strict";
import type { KubernetesApi, KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { VOLUME_CLAIMS } from "../../../internal/services/operator/child_kinds.ts";
import { DroppingProxy } from "../../adapters/etcd/dropping_proxy.ts";
import { eventually } from "../../eventually.ts";
import { letOperate } from "./operator_permissions.ts";
import { type OperatorWorld, type Specified, withOperatorWorld } from "./operator_world.ts";

describe("operator: failures", () => {
  let world: OperatorWorld;
  withOperatorWorld((begun) => {
    world = begun;
  });

  const deployed = (name: string) => async () => (await world.child("Deployment", name))?.spec?.replicas;

  /** Waits for this condition to be true or false, and gives its words. */
  const degraded = (name: string, status: "True" | "False") =>
    eventually(async () => {
      const condition = await world.condition(name, "Degraded");
      return condition?.status === status ? condition : null;
    });

  it("of one resource are in its status and in an event, and do not affect others", async () => {
    world.operate();
    await world.make("bad", TOO_LITTLE_MEMORY);
    await world.make("good");
    await eventually(deployed("good"));
    const { reason, message } = await degraded("bad", "True");
    assert.equal(reason, "Refused");
    assert.match(message, /Deployment bad: .*must be less than or equal to memory limit/);
    const [event] = await eventually(async () => nonEmpty(await world.events("bad", "Refused")));
    assert.equal(event?.type, "Warning");
    assert.equal((await world.condition("good", "Degraded"))?.status, "False");
    assert.ok(await world.child("Service", "bad"), "what is not concerned is made");
    await world.make("bad", { resources: {} });
    await eventually(deployed("bad"));
    await degraded("bad", "False");
  });

  it("of a volume that is never provided are reported with their cause", async () => {
    world.operate();
    await world.make("visits", { store: { etcd: { managed: { members: 1, storage: { size: "1Gi" } } } } });
    const labels = {
      ...{ "app.kubernetes.io/name": "global-cluster", "app.kubernetes.io/instance": "visits" },
      ...{ "app.kubernetes.io/component": "etcd", "globalcluster.dev/members": "1" },
    };
    const metadata = { namespace: world.namespace, name: "data-visits-etcd-0", labels };
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec };
    await world.api.create<KubernetesObject>(VOLUME_CLAIMS, claim);
    const { reason, message } = await degraded("visits", "True");
    assert.equal(reason, "NoDefaultStorageClass", message);
  });

  it("that last are retried less often", async () => {
    const running = world.operate();
    await world.make("bad", TOO_LITTLE_MEMORY);
    await degraded("bad", "True");
    const turns = running.outcomes.length;
    await eventually(() => running.outcomes.length > turns + 5);
    assert.ok(!running.outcomes.slice(turns).includes("done"));
    await eventually(() => running.outcomes.at(-1) === "refused" && running.operator.statistics().failing === 0);
    const [event, ...more] = await eventually(async () => nonEmpty(await world.events("bad", "Refused")));
    assert.deepEqual([event?.count, more.length], [1, 0]);
  });

  it("for a missing permission are reported, and end when it is granted", async () => {
    const token = await world.server.serviceAccount(world.namespace, "operator");
    await letOperate(world, "operator", { without: "poddisruptionbudgets" });
    world.operate({ api: world.server.api(token) });
    await world.make("visits");
    const { message } = await degraded("visits", "True");
    assert.match(message, /PodDisruptionBudget visits: .*cannot/);
    assert.ok(await world.child("Deployment", "visits"));
    await letOperate(world, "operator");
    await eventually(async () => await world.child("PodDisruptionBudget", "visits"));
    await degraded("visits", "False");
  });

  it("of the API server end when it is back, and changes made meanwhile are corrected", async () => {
    const running = world.operate();
    await world.make("visits");
    await world.settled(running);
    await world.server.kill();
    await eventually(() => running.outcomes.length > 0 && running.operator.alive());
    await world.server.start();
    await world.change("Deployment", "visits", { spec: { replicas: 7 } });
    await world.remove("Service", "visits");
    await world.make("later");
    await eventually(async () => (await deployed("visits")()) === 2);
    await eventually(async () => await world.child("Service", "visits"));
    await eventually(deployed("later"));
    await eventually(() => running.operator.statistics().failing === 0 && running.operator.ready());
  });

  it("of its connections lose no change", async () => {
    const proxy = await DroppingProxy.start(Number(world.server.endpoint.split(":")[1]));
    const api = world.server.api(undefined, proxy.endpoint);
    const running = world.operate({ api });
    await world.make("visits");
    await world.settled(running);
    for (let replicas = 3; replicas < 8; replicas += 1) {
      proxy.cut();
      await world.make("visits", { replicas });
      await world.remove("Service", "visits");
      await eventually(async () => (await deployed("visits")()) === replicas);
      await eventually(async () => await world.child("Service", "visits"));
    }
    await world.end();
    await proxy.close();
  });

  it("for a conflict end with the next reconcile", async () => {
    let races = 0;
    // The Service that is about to be changed is made anew by another hand at the last moment.
    const api = withApply(world.api, async (resource, object, options) => {
      if (object.kind === "Service" && object.metadata.uid !== undefined && races++ === 0) {
        const { uid: _, ...metadata } = object.metadata;
        await world.api.remove(resource, metadata);
        await world.api.apply(resource, { ...object, metadata }, options);
      }
      return world.api.apply(resource, object, options);
    });
    const running = world.operate({ api });
    await world.make("visits");
    await world.settled(running);
    const before = running.outcomes.length;
    await world.make("visits", { service: { port: 8080 } });
    await eventually(() => races > 1);
    await eventually(() => running.outcomes.at(-1) === "done");
    assert.deepEqual(ports(await world.child("Service", "visits")), [8080]);
    assert.ok(!running.outcomes.slice(before).includes("failed"), "a conflict is no failure");
  });
});

function withApply(api: KubernetesApi, apply: KubernetesApi["apply"]): KubernetesApi {
  return {
    read: (...args) => api.read(...args),
    list: (...args) => api.list(...args),
    create: (...args) => api.create(...args),
    replace: (...args) => api.replace(...args),
    remove: (...args) => api.remove(...args),
    watch: (...args) => api.watch(...args),
    apply,
  };
}

function ports(service: Specified | null): number[] {
  const { ports = [] } = (service?.spec ?? {}) as { ports?: readonly { port: number }[] };
  return ports.map(({ port }) => port);
}

/** The definition lets it pass, the API server does not: more is requested than is allowed. */
const TOO_LITTLE_MEMORY = { resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } };

function nonEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length > 0 ? list : null;
}
