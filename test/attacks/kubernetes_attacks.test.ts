import assert from "node:assert/strict";
import { requireApiServer } from "../adapters/kubernetes/api_server.ts";
import { OperatorWorld } from "../services/operator/operator_world.ts";
import { allAttacks } from "./all_attacks.ts";

const SECONDS = 4;
const attacks = (await allAttacks()).filter(({ needs = [] }) => needs.includes("kubeconfig"));

/** Attacks by somebody who may create CounterClusters, on a real API server and a real operator. */
describe("attacks in Kubernetes", () => {
  let world: OperatorWorld;
  before(async function () {
    requireApiServer(this);
    world = await OperatorWorld.begin();
    world.operate();
  });
  after(() => world?.end());

  it("are these", () => {
    assert.deepEqual(
      attacks.map(({ number }) => number),
      [11, 12],
    );
  });

  for (const attack of attacks) {
    it(`${attack.number}: ${attack.attack}: ${attack.bound}`, async () => {
      const { namespace, server } = world;
      const rest = { publicUrl: "http://127.0.0.1:1", counter: "attacks", seconds: SECONDS };
      const { seen, held } = await attack.run({ ...rest, kubeconfig: server.kubeconfig, namespace });
      console.log(`      seen: ${seen}`);
      assert.ok(held, seen);
    });
  }
});
