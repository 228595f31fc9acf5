import assert from "node:assert/strict";
import { type KubernetesApi, KubernetesError } from "../../../internal/ports/kubernetes.ts";
import { requireApiServer } from "../../adapters/kubernetes/api_server.ts";
import { eventually } from "../../eventually.ts";
import { OperatorWorld } from "./operator_world.ts";

/** The contract: pods that start without their network policies are told of in a condition, although everything counts. */
describe("operator: network policies that are refused", function () {
  this.timeout(60_000);
  let world: OperatorWorld;
  before(async function () {
    requireApiServer(this);
    world = await OperatorWorld.begin();
  });
  after(() => world?.end());

  it("are in the condition Isolated, and pods are created all the same", async () => {
    const quota = { refuses: true };
    world.operate({ api: refusingPolicies(world.api, quota) });
    await world.make("visits");
    const isolated = await eventually(async () => {
      const condition = await world.condition("visits", "Isolated");
      return condition?.reason === "PolicyRefused" ? condition : null;
    }, 20_000);
    assert.equal(isolated.status, "False");
    assert.match(isolated.message, /^NetworkPolicy visits.*exceeded quota/);
    await eventually(() => world.child("Deployment", "visits"), 10_000);
    const [event] = await eventually(async () => {
      const told = await world.events("visits", "NotIsolated");
      return told.length > 0 ? told : null;
    }, 10_000);
    assert.equal(event?.type, "Warning");
    quota.refuses = false;
    await eventually(() => world.child("NetworkPolicy", "visits"), 30_000);
    await eventually(async () => (await world.condition("visits", "Isolated"))?.reason !== "PolicyRefused", 10_000);
  });
});

/** As a namespace's quota refuses them. */
function refusingPolicies(api: KubernetesApi, quota: { readonly refuses: boolean }): KubernetesApi {
  return new Proxy(api, {
    get(target, name: keyof KubernetesApi) {
      if (name !== "apply") return target[name].bind(target);
      const apply: KubernetesApi["apply"] = async (resource, object, options) => {
        if (quota.refuses && object.kind === "NetworkPolicy")
          throw new KubernetesError("networkpolicies is forbidden: exceeded quota", 403, "Forbidden");
        return target.apply(resource, object, options);
      };
      return apply;
    },
  });
}
