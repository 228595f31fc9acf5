import assert from "node:assert/strict";
import { HttpKubernetesApi } from "../../internal/adapters/kubernetes/api.ts";
import { type Ask, Requests } from "../../internal/adapters/kubernetes/requests.ts";
import { systemClock } from "../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../internal/adapters/system/system_random.ts";
import type { Clock } from "../../internal/ports/clock.ts";
import type { KubernetesApi } from "../../internal/ports/kubernetes.ts";
import { eventually } from "../eventually.ts";
import { DroppingProxy } from "../store/dropping_proxy.ts";
import { ManualClock } from "../store/manual_clock.ts";
import { silentLog } from "../store/store_backends.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "./api_server.ts";
import { RecordingFollower } from "./recording_follower.ts";
import { CONFIG_MAPS, type ConfigMap, configMap, letRead } from "./resources.ts";

/** Remembers what was asked of the real server. */
class RecordedRequests extends Requests {
  readonly watches: Ask[] = [];

  opened = 0;
  ended = 0;

  override async follow(...[ask, ms, signal, opened, line]: Parameters<Requests["follow"]>): Promise<void> {
    this.watches.push(ask);
    const open = () => {
      this.opened++;
      opened();
    };
    await super.follow(ask, ms, signal, open, line).finally(() => this.ended++);
  }

  /** Where the last watch began. */
  get from(): number {
    return Number(this.watches.at(-1)?.query?.resourceVersion);
  }
}

describe("following the Kubernetes API", function () {
  this.timeout(90_000);
  let server: ApiServer;
  let admin: KubernetesApi;
  let namespace: string;
  let proxy: DroppingProxy;
  const ends: (() => void)[] = [];

  before(async function () {
    requireApiServer(this);
    server = await sharedApiServer();
    admin = server.api();
  });
  beforeEach(async () => {
    namespace = await server.namespace("following");
    proxy = await DroppingProxy.start(Number(server.endpoint.split(":")[1]));
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    await proxy.close();
  });

  /** A follower of the namespace's config maps, through the proxy. */
  function follow(options: { clock?: Clock; token?: string; follower?: RecordingFollower<ConfigMap> } = {}) {
    const { clock = systemClock, token, follower = new RecordingFollower<ConfigMap>() } = options;
    const requests = new RecordedRequests(server.access(token, proxy.endpoint), clock, "test");
    const api = new HttpKubernetesApi(requests, { clock, random, logger: silentLog });
    ends.push(api.follow(CONFIG_MAPS, { namespace, labels: "app!=other" }, follower));
    return { follower, requests };
  }

  const create = (name: string, data: ConfigMap["data"] = {}) =>
    admin.create(CONFIG_MAPS, configMap(namespace, name, data));
  const change = (name: string, data: ConfigMap["data"]) =>
    admin.apply(CONFIG_MAPS, configMap(namespace, name, data), { fieldManager: "test", force: true });

  it("tells what there is, what changes and what goes", async () => {
    await create("a");
    const { follower } = follow();
    await eventually(() => follower.names === "a");
    await create("b");
    await change("a", { x: "2" });
    await eventually(() => follower.names === "a,b" && follower.present.get("a")?.data?.x === "2");
    await admin.remove(CONFIG_MAPS, { namespace, name: "a" });
    await eventually(() => follower.names === "b");
    assert.equal(follower.lists, 1);
  });

  it("goes on where it was after a disconnection, without a new list", async () => {
    const { follower, requests } = follow();
    await eventually(() => requests.opened === 1);
    await create("a");
    await eventually(() => follower.names === "a");
    proxy.cut();
    await create("b");
    await eventually(() => follower.names === "a,b", 10_000);
    assert.equal(follower.lists, 1);
  });

  it("tells a failure once, lists anew when the server no longer knows the moment, and says what went meanwhile", async () => {
    const { follower, requests } = follow();
    await create("a");
    await eventually(() => follower.names === "a");
    // Nobody hears the server, until another life of it knows no moment before its own start.
    const port = Number(proxy.endpoint.split(":")[1]);
    await proxy.close();
    await eventually(() => follower.failures.length === 1);
    assert.match(follower.failures[0]?.message ?? "", /not reached: .*ECONN/);
    await admin.remove(CONFIG_MAPS, { namespace, name: "a" });
    await create("b");
    await server.kill();
    await server.start();
    proxy = await DroppingProxy.start(Number(server.endpoint.split(":")[1]), port);
    await eventually(() => follower.names === "b", 15_000);
    assert.equal(follower.lists, 2);
    await eventually(() => requests.from > Number(requests.watches[0]?.query?.resourceVersion));
    assert.equal(follower.failures.length, 1);
  });

  it("goes on from the moment that a bookmark tells, though nothing changed in what it follows", async () => {
    const clock = new ManualClock();
    const { follower, requests } = follow({ clock });
    await eventually(() => requests.opened === 1);
    const first = requests.from;
    const elsewhere = await server.namespace("elsewhere");
    // Two seconds before a watch ends, the server tells where it stands; close to the next list, a watch is short.
    for (const ms of [300_000, 296_000]) {
      await clock.advance(ms);
      const { ended, opened } = requests;
      proxy.cut();
      await eventually(() => requests.ended > ended);
      await clock.advance(500);
      await eventually(() => requests.opened > opened);
    }
    await admin.create(CONFIG_MAPS, configMap(elsewhere, "x"));
    assert.equal(requests.from, first);
    await eventually(() => requests.ended === 3, 10_000);
    await clock.advance(1_000);
    await eventually(() => requests.opened === 4);
    assert.equal(follower.lists, 1);
    assert.ok(requests.from > first, `${requests.from} after ${first}`);
  });

  it("lists anew now and then", async () => {
    const clock = new ManualClock();
    const { follower, requests } = follow({ clock });
    await eventually(() => requests.opened === 1);
    await clock.advance(600_000);
    await eventually(() => clock.advance(200).then(() => follower.lists === 2));
  });

  it("gives up a watch that has gone silent for longer than the server would leave it open", async () => {
    const clock = new ManualClock();
    const { follower, requests } = follow({ clock });
    await eventually(() => requests.opened === 1);
    // Healing is for connections to come: this one stays as silent as if its other end had lost its power.
    proxy.stall();
    proxy.heal();
    await clock.advance(310_000);
    await create("a");
    await eventually(() => clock.advance(200).then(() => follower.names === "a"));
    assert.match(follower.failures[0]?.message ?? "", /did not end within 305000 ms/);
  });

  it("tells once that it is not let in, and goes on when it is", async () => {
    const token = await server.serviceAccount(namespace, "reader");
    const { follower, requests } = follow({ token });
    await eventually(() => follower.failures.length === 1);
    assert.deepEqual([follower.failures[0]?.status, follower.failures[0]?.reason], [403, "Forbidden"]);
    await letRead(admin, namespace, "reader", "configmaps");
    await create("a");
    await eventually(() => follower.names === "a" && requests.opened === 1, 15_000);
    assert.equal(follower.failures.length, 1);
  });

  it("outlives a follower that throws", async () => {
    class Throwing extends RecordingFollower<ConfigMap> {
      override changed(object: ConfigMap): void {
        if (object.metadata.name === "a") throw new Error("not this one");
        super.changed(object);
      }
    }
    const { follower, requests } = follow({ follower: new Throwing() });
    await eventually(() => requests.opened === 1);
    await create("a");
    await create("b");
    await eventually(() => follower.names === "b");
    assert.equal(follower.lists, 1);
  });

  it("tells nothing after it was ended, and closes its connection", async () => {
    const { follower, requests } = follow();
    await eventually(() => requests.opened === 1 && proxy.connections > 0);
    for (const end of ends.splice(0)) end();
    await create("a");
    await eventually(() => proxy.connections === 0);
    assert.equal(follower.names, "");
  });
});
