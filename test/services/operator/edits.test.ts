import assert from "node:assert/strict";
import { childKind } from "../../../internal/services/operator/child_kinds.ts";
import { eventually } from "../../eventually.ts";
import { type OperatorWorld, type RunningOperator, type Specified, withOperatorWorld } from "./operator_world.ts";

const WORKLOADS = [
  ["Deployment", "visits", "counter"],
  ["StatefulSet", "visits-etcd", "etcd"],
] as const;
const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

describe("operator: what somebody adds to a workload", () => {
  let world: OperatorWorld;
  let running: RunningOperator;
  withOperatorWorld((begun) => {
    world = begun;
  });
  beforeEach(async () => {
    running = world.operate();
    await world.make("visits");
    await world.settled(running);
  });

  const specOf = async (kind: string, name: string) => (await world.child(kind, name))?.spec as Spec | undefined;
  const edits = () => world.events("visits", "EditedByHand");
  const added = (container: string) => ({
    nodeSelector: { disk: "fast" },
    hostNetwork: true,
    containers: [
      { name: container, env: [{ name: "ADDED", value: "1" }] },
      { name: "sidecar", image: "sidecar:1" },
    ],
  });

  /** As `kubectl edit` and `kubectl rollout` do. */
  async function update(kind: string, name: string, manager: string, change: (spec: Spec) => Spec): Promise<void> {
    await eventually(async () => {
      const found = (await world.child(kind, name)) as (Specified & { readonly spec: Spec }) | null;
      assert.ok(found);
      // Somebody may have been quicker, and people try again.
      const written = world.api.replace(childKind(found), { ...found, spec: change(found.spec) }, manager);
      return written.catch(() => null);
    });
  }

  for (const [kind, name, container] of WORKLOADS) {
    it(`is removed from the ${kind}, and an event names the editor and what to change instead`, async () => {
      const before = await specOf(kind, name);
      await world.change(kind, name, { spec: { template: { spec: added(container) } } });
      const [event] = await eventually(async () => nonEmpty(await edits()));
      assert.match(
        event?.message ?? "",
        /^a-person set spec\.template\.spec\..* more fields of the .* visits.*; the operator has restored it\. .*kubectl edit -n operator-\d+ gcc\/visits$/,
      );
      assert.equal(event?.type, "Warning");
      await world.settled(running);
      assert.deepEqual(await specOf(kind, name), before);
      assert.deepEqual([(await edits()).length, await world.events("visits", "DriftCorrected")], [1, []]);
    });

    it(`is removed from the ${kind} even if the operator was down`, async () => {
      const before = await specOf(kind, name);
      await running.operator.stop();
      await update(kind, name, "kubectl-edit", (spec) => {
        const [first] = spec.template.spec.containers;
        const containers = [
          { ...first, image: "other:1" },
          { name: "sidecar", image: "sidecar:1" },
        ];
        return { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } };
      });
      await world.settled(world.operate());
      assert.deepEqual(await specOf(kind, name), before);
      const [event] = await eventually(async () => nonEmpty(await edits()));
      assert.match(event?.message ?? "", /^kubectl-edit set .*containers\[sidecar\]/);
    });
  }

  it("is removed from a StatefulSet with volumes, most of whose fields cannot change", async () => {
    await world.make("kept", { store: { etcd: { managed: {} } } });
    await world.settled(running);
    const before = await specOf("StatefulSet", "kept-etcd");
    await world.change("StatefulSet", "kept-etcd", { spec: { minReadySeconds: 7 } });
    await eventually(async () => nonEmpty(await world.events("kept", "EditedByHand")));
    await world.settled(running);
    assert.deepEqual(await specOf("StatefulSet", "kept-etcd"), before);
    assert.equal((await world.condition("kept", "Degraded"))?.status, "False");
  });

  it("is undone if it is a pause", async () => {
    await update("Deployment", "visits", "kubectl-rollout", (spec) => ({ ...spec, paused: true }));
    await eventually(async () => nonEmpty(await edits()));
    await world.settled(running);
    assert.equal((await specOf("Deployment", "visits"))?.paused, undefined);
  });

  it("stays if it is a restart, even if other edits are undone", async () => {
    const restarted = { [RESTARTED_AT]: "2026-01-01T00:00:00Z" };
    await update("Deployment", "visits", "kubectl-rollout", ({ template, ...spec }) => {
      const annotations = { ...template.metadata.annotations, ...restarted };
      return { ...spec, template: { ...template, metadata: { ...template.metadata, annotations } } };
    });
    const isRestarted = async () => {
      const annotations = (await specOf("Deployment", "visits"))?.template.metadata.annotations;
      return annotations?.[RESTARTED_AT] === restarted[RESTARTED_AT];
    };
    await world.settled(running);
    assert.deepEqual([await isRestarted(), await edits()], [true, []]);
    await world.change("Deployment", "visits", { spec: { minReadySeconds: 7 } });
    await eventually(async () => nonEmpty(await edits()));
    await world.settled(running);
    assert.deepEqual([await isRestarted(), (await specOf("Deployment", "visits"))?.minReadySeconds], [true, undefined]);
  });

  it("stays if it is the API's default: there is nothing to undo, and no event", async () => {
    await world.change("Deployment", "visits", { spec: { progressDeadlineSeconds: 600 } });
    await world.make("visits", { service: { port: 8080 } });
    await world.settled(running);
    await world.settled(world.operate());
    assert.deepEqual(await edits(), []);
  });
});

interface Spec {
  readonly paused?: boolean;
  readonly minReadySeconds?: number;
  readonly template: {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec: { readonly containers: readonly object[] };
  };
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length > 0 ? list : null;
}
