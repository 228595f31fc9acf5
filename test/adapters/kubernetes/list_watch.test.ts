import assert from "node:assert/strict";
import { startListWatch } from "../../../internal/adapters/kubernetes/list_watch.ts";
import { type Query, Reader } from "../../../internal/adapters/kubernetes/reader.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import type { Clock } from "../../../internal/ports/clock.ts";
import type { KubernetesApi } from "../../../internal/ports/kubernetes.ts";
import { eventually } from "../../eventually.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { silentLog } from "../../ports/store/store_backends.ts";
import { DroppingProxy } from "../etcd/dropping_proxy.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "./api_server.ts";
import { RecordingHandler } from "./recording_handler.ts";
import { CONFIG_MAPS, type ConfigMap, configMap } from "./resources.ts";
import { letRead } from "./rights.ts";

/** Records the watches that it opens on the real server. */
class RecordedReader extends Reader {
  readonly watches: Query[] = [];

  opened = 0;
  ended = 0;

  override async watch(...[path, query, stream]: Parameters<Reader["watch"]>): Promise<void> {
    this.watches.push(query);
    const opened = () => {
      this.opened++;
      stream.opened();
    };
    await super.watch(path, query, { ...stream, opened }).finally(() => this.ended++);
  }

  /** Where the last watch began. */
  get from(): number {
    return Number(this.watches.at(-1)?.resourceVersion);
  }
}

describe("watching the Kubernetes API", () => {
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

  /** A handler of the namespace's config maps, through the proxy. */
  function watch(options: { clock?: Clock; token?: string; handler?: RecordingHandler<ConfigMap> } = {}) {
    const { clock = systemClock, token, handler = new RecordingHandler<ConfigMap>() } = options;
    const reader = new RecordedReader(server.access(token, proxy.endpoint), clock, "test");
    const deps = { clock, random, logger: silentLog, reader };
    ends.push(startListWatch(deps, CONFIG_MAPS, { namespace, labels: "app!=other" }, handler));
    return { handler, reader };
  }

  const create = (name: string, data: ConfigMap["data"] = {}) =>
    admin.create(CONFIG_MAPS, configMap(namespace, name, data));
  const change = (name: string, data: ConfigMap["data"]) =>
    admin.apply(CONFIG_MAPS, configMap(namespace, name, data), { fieldManager: "test", force: true });

  it("reports what exists, changes and is deleted", async () => {
    await create("a");
    const { handler } = watch();
    await eventually(() => handler.names === "a");
    await create("b");
    await change("a", { x: "2" });
    await eventually(() => handler.names === "a,b" && handler.present.get("a")?.data?.x === "2");
    await admin.remove(CONFIG_MAPS, { namespace, name: "a" });
    await eventually(() => handler.names === "b");
    assert.equal(handler.lists, 1);
  });

  it("continues after a disconnection without a new list", async () => {
    const { handler, reader } = watch();
    await eventually(() => reader.opened === 1);
    await create("a");
    await eventually(() => handler.names === "a");
    proxy.cut();
    await create("b");
    await eventually(() => handler.names === "a,b");
    assert.equal(handler.lists, 1);
  });

  it("reports a failure once, lists again if the server has forgotten the moment, and reports what was deleted meanwhile", async () => {
    const { handler, reader } = watch();
    await create("a");
    await eventually(() => handler.names === "a");
    // The server is unreachable until it has been restarted, and then it knows no moment before its start.
    const port = Number(proxy.endpoint.split(":")[1]);
    await proxy.close();
    await eventually(() => handler.failures.length === 1);
    assert.match(handler.failures[0]?.message ?? "", /Cannot reach .*ECONN/);
    await admin.remove(CONFIG_MAPS, { namespace, name: "a" });
    await create("b");
    await server.kill();
    await server.start();
    proxy = await DroppingProxy.start(Number(server.endpoint.split(":")[1]), port);
    await eventually(() => handler.names === "b");
    assert.equal(handler.lists, 2);
    await eventually(() => reader.from > Number(reader.watches[0]?.resourceVersion));
    assert.equal(handler.failures.length, 1);
  });

  it("continues from the moment of a bookmark, although nothing changed in its objects", async () => {
    const clock = new ManualClock();
    const { handler, reader } = watch({ clock });
    await eventually(() => reader.opened === 1);
    const first = reader.from;
    const elsewhere = await server.namespace("elsewhere");
    // Two seconds before a watch ends, the server sends a bookmark; close to the next list, a watch is short.
    for (const ms of [300_000, 296_000]) {
      await clock.advance(ms);
      const { ended, opened } = reader;
      proxy.cut();
      await eventually(() => reader.ended > ended);
      await clock.advance(500);
      await eventually(() => reader.opened > opened);
    }
    await admin.create(CONFIG_MAPS, configMap(elsewhere, "x"));
    assert.equal(reader.from, first);
    await eventually(() => reader.ended === 3);
    await clock.advance(1_000);
    await eventually(() => reader.opened === 4);
    assert.equal(handler.lists, 1);
    assert.ok(reader.from > first, `${reader.from} after ${first}`);
  });

  it("lists again every ten minutes", async () => {
    const clock = new ManualClock();
    const { handler, reader } = watch({ clock });
    await eventually(() => reader.opened === 1);
    await clock.advance(600_000);
    await eventually(() => clock.advance(200).then(() => handler.lists === 2));
  });

  it("ends a watch that is silent for longer than the server leaves it open", async () => {
    const clock = new ManualClock();
    const { handler, reader } = watch({ clock });
    await eventually(() => reader.opened === 1);
    // Healing is for connections to come: this one stays as silent as if its other end had lost its power.
    proxy.stall();
    proxy.heal();
    await clock.advance(310_000);
    await create("a");
    await eventually(() => clock.advance(200).then(() => handler.names === "a"));
    assert.match(handler.failures[0]?.message ?? "", /did not end within 305000 ms/);
  });

  it("reports once that it has no permission, and continues when it has", async () => {
    const token = await server.serviceAccount(namespace, "reader");
    const { handler, reader } = watch({ token });
    await eventually(() => handler.failures.length === 1);
    assert.deepEqual([handler.failures[0]?.status, handler.failures[0]?.reason], [403, "Forbidden"]);
    await letRead(admin, namespace, "reader", "configmaps");
    await create("a");
    await eventually(() => handler.names === "a" && reader.opened === 1);
    assert.equal(handler.failures.length, 1);
  });

  it("continues after a handler threw", async () => {
    class Throwing extends RecordingHandler<ConfigMap> {
      override changed(object: ConfigMap): void {
        if (object.metadata.name === "a") throw new Error("not this one");
        super.changed(object);
      }
    }
    const { handler, reader } = watch({ handler: new Throwing() });
    await eventually(() => reader.opened === 1);
    await create("a");
    await create("b");
    await eventually(() => handler.names === "b");
    assert.equal(handler.lists, 1);
  });

  it("reports nothing after its end, and closes its connection", async () => {
    const { handler, reader } = watch();
    await eventually(() => reader.opened === 1 && proxy.connections > 0);
    for (const end of ends.splice(0)) end();
    await create("a");
    await eventually(() => proxy.connections === 0);
    assert.equal(handler.names, "");
  });
});
