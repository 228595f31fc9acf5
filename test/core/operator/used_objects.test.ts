import assert from "node:assert/strict";
import type { CounterClusterSpec } from "../../../internal/core/operator/counter_cluster.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { DesiredObject } from "../../../internal/core/operator/desired/object.ts";
import { usedObjects } from "../../../internal/core/operator/used_objects.ts";
import { cluster, DEFAULTS, managedEtcd, observation } from "./samples.ts";

function objectsOf(spec: Partial<CounterClusterSpec> = {}): readonly DesiredObject[] {
  const resource = { ...cluster(spec), status: { observedGeneration: 1, ledgerID: "first" } };
  return decide(observation({ cluster: resource }), null, DEFAULTS).objects;
}

const titleOf = ({ kind, metadata }: DesiredObject) => `${kind} ${metadata.name}`;

/** What each object uses, of those that the operator makes. */
function uses(objects: readonly DesiredObject[]): Record<string, string[]> {
  const made = new Set(objects.map(titleOf));
  const found = objects.map((object) => [titleOf(object), usedObjects(object).filter((title) => made.has(title))]);
  return Object.fromEntries(found.filter(([, used]) => used?.length));
}

describe("used objects", () => {
  for (const members of [1, 3] as const) {
    it(`are these, with a store of ${members}`, () => {
      const spec = { store: managedEtcd({ members }), ingress: { host: "count.example" } };
      assert.deepEqual(uses(objectsOf(spec)), {
        "RoleBinding visits": ["Role visits", "ServiceAccount visits"],
        "Ingress visits": ["Service visits"],
        "StatefulSet visits-etcd": ["Service visits-etcd"],
        "Deployment visits": [
          "ServiceAccount visits",
          "ConfigMap visits-ledger",
          "Service visits-peers",
          "Service visits-etcd",
        ],
      });
    });
  }

  it("come before the objects that use them, because one that is refused must be known by then", () => {
    const objects = objectsOf({ ingress: { host: "count.example" } });
    const order = objects.map(titleOf);
    for (const [user, used] of Object.entries(uses(objects))) {
      for (const title of used) assert.ok(order.indexOf(title) < order.indexOf(user), `${title} before ${user}`);
    }
  });
});
