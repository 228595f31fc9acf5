import assert from "node:assert/strict";
import type { KubernetesObject, Resource } from "../../../internal/ports/kubernetes.ts";
import { requireApiServer } from "../../adapters/kubernetes/api_server.ts";
import { eventually } from "../../eventually.ts";
import { OperatorWorld } from "./operator_world.ts";

const POD_MONITORS: Resource = { apiVersion: "monitoring.coreos.com/v1", plural: "podmonitors", namespaced: true };
const DEFINITIONS: Resource = {
  ...{ apiVersion: "apiextensions.k8s.io/v1", plural: "customresourcedefinitions", namespaced: false },
};

describe("operator: kinds of other software", () => {
  let world: OperatorWorld;
  before(async function () {
    requireApiServer(this);
    world = await OperatorWorld.begin();
  });
  afterEach(() => world.end());
  after(() => world?.api.remove(DEFINITIONS, { name: POD_MONITOR_DEFINITION.metadata.name }));

  const monitor = () => world.api.read(POD_MONITORS, world.namespace, "visits").catch(() => null);

  it("are reported as missing, used once they exist, and deleted when no longer wanted", async () => {
    world.operate();
    await world.make("visits", { monitoring: { podMonitor: {} } });
    const { message } = await eventually(async () => {
      const condition = await world.condition("visits", "Degraded");
      return condition?.status === "True" ? condition : null;
    });
    assert.match(message, /PodMonitor visits: this cluster has no PodMonitor/);
    assert.ok(await world.child("Deployment", "visits"), "the rest is made");
    await world.api.create<KubernetesObject & object>(DEFINITIONS, POD_MONITOR_DEFINITION);
    await eventually(monitor);
    await eventually(async () => (await world.condition("visits", "Degraded"))?.status === "False");
    await world.make("visits", { monitoring: {} });
    await eventually(async () => (await monitor()) === null);
  });

  it("are deleted by an operator that did not create them", async () => {
    const first = world.operate();
    await world.make("visits", { monitoring: { podMonitor: {} } });
    await eventually(monitor);
    await first.operator.stop();
    await world.make("visits", { monitoring: {} });
    world.operate();
    await eventually(async () => (await monitor()) === null);
  });
});

/** Only so much of it that objects of this kind can be kept. */
const POD_MONITOR_DEFINITION = {
  apiVersion: DEFINITIONS.apiVersion,
  kind: "CustomResourceDefinition",
  metadata: { name: "podmonitors.monitoring.coreos.com", annotations: { "api-approved.kubernetes.io": "unapproved" } },
  spec: {
    group: "monitoring.coreos.com",
    scope: "Namespaced",
    names: { kind: "PodMonitor", plural: "podmonitors", singular: "podmonitor", listKind: "PodMonitorList" },
    versions: [
      {
        ...{ name: "v1", served: true, storage: true },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};
