import assert from "node:assert/strict";
import type { Pod } from "../../../internal/core/operator/children.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { DesiredObject } from "../../../internal/core/operator/desired/object.ts";
import type { Observation } from "../../../internal/core/operator/observation.ts";
import { RENDERED } from "../../../internal/core/operator/rollout.ts";
import { cluster, DEFAULTS, objectOf, observation, pod, running, settled } from "./samples.ts";

/** A counter pod as the operator of 0.1.0 made it. */
function older(name: string, fields: object = {}): Pod {
  const { metadata, status } = pod(name, "counter");
  const { annotations: _, ...rest } = metadata;
  return { metadata: { ...rest, ...fields }, ...(status && { status }) };
}

/** The Deployment with the pods of an earlier operator, which stay as they are until the resource asks for others. */
function olderDeployment(): Observation["deployment"] {
  const resource = cluster();
  const now = settled(objectOf(decide(observation({ cluster: resource }), null, DEFAULTS).objects, "Deployment"), 3);
  const record = JSON.parse(now.metadata.annotations?.[RENDERED] ?? "");
  delete record.template.metadata.annotations["globalcluster.dev/interface"];
  const annotations = { [RENDERED]: JSON.stringify(record) };
  return { ...now, metadata: { ...now.metadata, annotations } };
}

function objectsOf(fields: Partial<Observation>): readonly DesiredObject[] {
  return decide(running({}, fields), null, DEFAULTS).objects;
}

/** What the counters may list. */
function listed(fields: Partial<Observation>): string {
  const { rules } = objectOf(objectsOf(fields), "Role") as DesiredObject & { rules: { resources: string[] }[] };
  return rules.flatMap(({ resources }) => resources).join();
}

describe("pods of an earlier operator", () => {
  it("may list pods, also while only some are left, or one that ends, and also before any was seen", () => {
    const deployment = olderDeployment();
    assert.equal(listed({ deployment, pods: [older("visits-a")] }), "endpointslices,pods");
    assert.equal(listed({ deployment, pods: [] }), "endpointslices,pods");
    assert.equal(listed({ pods: [pod("visits-b", "counter"), older("visits-a")] }), "endpointslices,pods");
    const ending = older("visits-a", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    assert.equal(listed({ pods: [pod("visits-b", "counter"), ending] }), "endpointslices,pods");
  });

  it("take that permission with them", () => {
    assert.equal(listed({}), "endpointslices");
    assert.equal(decide(observation(), null, DEFAULTS).objects.length > 0 && listed({ pods: [] }), "endpointslices");
  });
});
