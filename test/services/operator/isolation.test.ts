import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { reachability } from "../../../internal/adapters/http/reachability.ts";
import { PEER_PORT } from "../../../internal/core/operator/desired/ports.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { requireApiServer } from "../../adapters/kubernetes/api_server.ts";
import { pod } from "../../adapters/kubernetes/pods.ts";
import { PODS } from "../../adapters/kubernetes/resources.ts";
import { eventually } from "../../eventually.ts";
import { OperatorWorld, withOperatorWorld } from "./operator_world.ts";

/** The contract: pods that start without their network policies are told of in a condition, although everything counts. */
describe("operator: network policies that are refused", () => {
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
    });
    assert.equal(isolated.status, "False");
    assert.match(isolated.message, /^NetworkPolicy visits.*exceeded quota/);
    await eventually(() => world.child("Deployment", "visits"));
    const [event] = await eventually(async () => {
      const told = await world.events("visits", "NotIsolated");
      return told.length > 0 ? told : null;
    });
    assert.equal(event?.type, "Warning");
    quota.refuses = false;
    await eventually(() => world.child("NetworkPolicy", "visits"));
    await eventually(async () => (await world.condition("visits", "Isolated"))?.reason !== "PolicyRefused");
  });
});

/** The contract: where nothing enforces the policies, the operator reaches a peer port, and the condition says so. */
describe("operator: network policies that nothing enforces", () => {
  let world: OperatorWorld;
  withOperatorWorld((begun) => {
    world = begun;
  });
  let peers: Server;
  beforeEach(async () => {
    peers = createServer((socket) => socket.destroy()).listen(PEER_PORT, POD_IP);
    await once(peers, "listening");
  });
  afterEach(() => peers.close());

  it("are in the condition Isolated", async () => {
    const running = world.operate({ reachability });
    await world.make("visits");
    await runCounter(world);
    const isolated = () => world.condition("visits", "Isolated");
    const found = await eventually(async () => {
      const condition = await isolated();
      return condition?.status === "False" ? condition : null;
    });
    assert.equal(found.reason, "NotEnforced");
    assert.match(found.message, /does not enforce them/);
    await running.operator.stop();
  });
});

/** On loopback nothing enforces a NetworkPolicy. */
const POD_IP = "127.66.7.1";

/** As a kubelet reports a pod that is ready. */
async function runCounter(world: OperatorWorld): Promise<void> {
  const labels = {
    ...{ "app.kubernetes.io/name": "global-cluster", "app.kubernetes.io/instance": "visits" },
    "app.kubernetes.io/component": "counter",
  };
  const made = await world.api.create(PODS, pod(world.namespace, "visits-a", labels));
  const conditions = [{ type: "Ready", status: "True" }];
  const status = { phase: "Running", podIP: POD_IP, podIPs: [{ ip: POD_IP }], conditions };
  const head = { apiVersion: "v1", kind: "Pod", metadata: { name: made.metadata.name, namespace: world.namespace } };
  await world.api.apply<KubernetesObject>(
    PODS,
    { ...head, ...{ status } },
    { fieldManager: "a-kubelet", force: true, status: true },
  );
}

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
