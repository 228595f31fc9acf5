import assert from "node:assert/strict";
import { eventually } from "../../eventually.ts";
import { letOperate } from "./operator_permissions.ts";
import { type OperatorWorld, withOperatorWorld } from "./operator_world.ts";

/** Objects of others, each with what would use it. A pod of ours must never run with somebody else's rights, or on somebody else's store. */
const FOREIGN: readonly [kind: string, name: string, fields: object, users: string[]][] = [
  ["ServiceAccount", "visits", {}, ["RoleBinding visits", "Deployment visits"]],
  ["Role", "visits", { rules: [] }, ["RoleBinding visits"]],
  ["Service", "visits", { spec: { ports: [{ port: 5432 }] } }, ["Ingress visits"]],
  [
    "Service",
    "visits-etcd",
    { spec: { clusterIP: "None", ports: [{ port: 2379 }] } },
    ["StatefulSet visits-etcd", "Deployment visits"],
  ],
];

describe("operator: objects of others that have the name of one of ours", () => {
  let world: OperatorWorld;
  withOperatorWorld((begun) => {
    world = begun;
  });

  for (const [kind, name, fields, users] of FOREIGN) {
    it(`are not used: ${kind} ${name}`, async () => {
      await world.change(kind, name, fields);
      const running = world.operate();
      await world.make("visits", { ingress: { host: "count.example" } });
      await eventually(async () => (await world.condition("visits", "Degraded"))?.status === "True");
      await world.settled(running);
      const made = await world.children();
      assert.deepEqual(
        users.filter((title) => made.has(title)),
        [],
      );
      assert.ok(made.has("PodDisruptionBudget visits"), "the rest is made");
      const { message } = (await world.condition("visits", "Degraded")) ?? {};
      for (const user of users) assert.match(message ?? "", new RegExp(`${user}: it uses .*${kind} ${name}`));
      await world.remove(kind, name);
      await eventually(async () => {
        const now = await world.children();
        return users.every((title) => now.has(title));
      });
      await eventually(async () => (await world.condition("visits", "Degraded"))?.status === "False");
    });
  }

  it("do not stop changes of objects that use our own one, which exists", async () => {
    const first = world.operate();
    await world.make("visits");
    await world.settled(first);
    await world.change("ServiceAccount", "visits", {}, { annotations: { "example.org/edited": "yes" } });
    await first.operator.stop();
    const token = await world.server.serviceAccount(world.namespace, "operator");
    await letOperate(world, "operator", { readOnly: "serviceaccounts" });
    world.operate({ api: world.server.api(token) });
    await world.make("visits", { replicas: 4 });
    await eventually(async () => (await world.child("Deployment", "visits"))?.spec?.replicas === 4);
    await eventually(async () => {
      const { message = "" } = (await world.condition("visits", "Degraded")) ?? {};
      return /ServiceAccount visits: .*forbidden/.test(message);
    });
  });
});
