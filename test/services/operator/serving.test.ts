import assert from "node:assert/strict";
import { eventually } from "../../eventually.ts";
import { type OperatorWorld, withOperatorWorld } from "./operator_world.ts";

describe("operator: the resources that it serves", () => {
  let world: OperatorWorld;
  withOperatorWorld((begun) => {
    world = begun;
  });

  const owned = async (name: string, namespace?: string) => (await world.children(namespace)).has(`Deployment ${name}`);

  it("are those of its class, and no longer one that changes to another class", async () => {
    const [ours, theirs] = [world.operate({ class: "ours" }), world.operate({ class: "theirs" })];
    await world.make("one", { class: "ours" });
    await world.make("two", { class: "theirs" });
    await eventually(async () => (await owned("one")) && (await owned("two")));
    assert.deepEqual([ours.operator.statistics().resources, theirs.operator.statistics().resources], [1, 1]);
    await world.make("one", { class: "nobody" });
    await eventually(() => ours.operator.statistics().resources === 0);
    await world.remove("Service", "one");
    await world.make("three", { class: "ours" });
    await eventually(() => owned("three"));
    assert.equal(await world.child("Service", "one"), null);
    assert.ok(await owned("one"), "what was made is left to the next operator");
  });

  it("are those of its namespaces", async () => {
    const [second, third] = [await world.server.namespace("operator"), await world.server.namespace("operator")];
    world.operate({ namespaces: [world.namespace, second] });
    for (const namespace of [third, second, world.namespace]) await world.make("visits", {}, namespace);
    await eventually(async () => (await owned("visits")) && (await owned("visits", second)));
    assert.equal((await world.children(third)).size, 0);
  });

  it("are those of all namespaces, including later ones", async () => {
    world.operate({ namespaces: null, class: "everywhere" });
    const later = await world.server.namespace("operator");
    await world.make("visits", { class: "everywhere" }, later);
    await eventually(() => owned("visits", later));
  });

  it("can be served by a second operator, and the two do not fight", async () => {
    const [one, other] = [world.operate(), world.operate()];
    await world.make("visits");
    await world.settled(one);
    await world.settled(other);
    await world.change("Deployment", "visits", { spec: { replicas: 9 } });
    await eventually(async () => (await world.child("Deployment", "visits"))?.spec?.replicas === 2);
    await world.settled(one);
    await world.settled(other);
    // A slow API server may have failed one of them meanwhile. `settled` has seen that neither changes what the other wrote.
    await eventually(() => [one, other].every(({ outcomes }) => outcomes.at(-1) === "done"));
  });
});
