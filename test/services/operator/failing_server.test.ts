import assert from "node:assert/strict";
import type { Condition } from "../../../internal/core/operator/counter_cluster.ts";
import {
  type ApplyOptions,
  KubernetesError,
  type KubernetesObject,
  type Resource,
} from "../../../internal/ports/kubernetes.ts";
import { PlayedApi } from "./played_api.ts";
import { PlayedWorld } from "./played_world.ts";

/** Fails at objects of one kind. */
class FailingApi extends PlayedApi {
  failure: KubernetesError | null = null;
  kind = "Service";

  override async apply<T extends KubernetesObject>(of: Resource, object: T, options: ApplyOptions): Promise<T> {
    if (this.failure !== null && object.kind === this.kind) throw this.failure;
    return super.apply(of, object, options);
  }
}

describe("operator: an API server that fails", () => {
  let api: FailingApi;
  let world: PlayedWorld;
  beforeEach(() => {
    api = new FailingApi();
    world = new PlayedWorld(undefined, api);
  });
  afterEach(() => world.operator.stop());

  const made = (kind: string) => api.applied.some((object) => object.kind === kind);
  const degraded = (): Condition | undefined =>
    world.statusOf("one")?.conditions?.find(({ type }) => type === "Degraded");
  function fail(status: number): void {
    api.failure = new KubernetesError(`it answered ${status}`, status, "");
    api.handler("counterclusters").changed(world.made({ uid: "one" }));
  }
  const events = () => api.applied.filter((object) => object.kind === "Event");

  for (const status of [500, 502, 503, 504, 429]) {
    it(`for a while with ${status} has refused nothing, and is asked again`, async () => {
      fail(status);
      await world.clock.advance(20_000);
      assert.equal(made("Service"), false);
      api.failure = null;
      await world.clock.advance(60_000);
      assert.equal(made("Service"), true);
      assert.deepEqual(events(), []);
      const refused = api.statuses.filter((written) => JSON.stringify(written).includes('"Refused"'));
      assert.deepEqual(refused, []);
    });
  }

  it("at one kind only, for example because of a webhook, gets the objects that do not use it, and is reported if it lasts", async () => {
    fail(500);
    await world.clock.advance(10_000);
    assert.equal(made("Role"), true);
    // It would use a Service that may belong to somebody else.
    assert.equal(made("Deployment"), false);
    assert.equal(degraded()?.status, "False");
    await world.clock.advance(50_000);
    assert.deepEqual([degraded()?.status, degraded()?.reason], ["True", "Refused"]);
    assert.match(degraded()?.message ?? "", /^Service visits.*: it answered 500/);
    api.failure = null;
    await world.clock.advance(90_000);
    assert.equal(degraded()?.status, "False");
  });

  it("to read a Deployment that may exist does not cause a new one", async () => {
    api.read = () => Promise.reject(new KubernetesError("it answered 500", 500, ""));
    api.handler("counterclusters").changed(world.made({ uid: "one" }));
    await world.clock.advance(20_000);
    assert.equal(made("Deployment"), false);
    assert.ok(world.outcomes.includes("failed"));
  });
});
