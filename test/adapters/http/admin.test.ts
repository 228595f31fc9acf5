import assert from "node:assert/strict";
import { serveAdmin } from "../../../internal/adapters/http/admin_server.ts";
import type { ClusterJson } from "../../../internal/adapters/http/cluster_json.ts";
import type { Listening } from "../../../internal/adapters/http/connections/listening.ts";
import { createMetrics } from "../../../internal/adapters/prometheus/metrics.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { jsonOf } from "./json_of.ts";
import { type Serving, serve } from "./serving.ts";

const ADMIN_PATHS = ["/metrics", "/healthz", "/readyz"];

/** Health, metrics and the whole of the cluster are on the admin port. On the public port the cluster has what pages show. */
describe("HTTP: the admin side", () => {
  let node: Serving;
  let admin: Listening;
  beforeEach(async () => {
    node = await serve({ adminElsewhere: true });
    node.counting.view = { store: "lost", storeDetail: "version 3 of ledger 0123456789abcdef is missing" };
    const metrics = createMetrics({ counting: node.counting, version: "1.2.3", region: "eu-west" });
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    admin = await serveAdmin({ counting: node.counting, metrics, clock, logger }, { host: "127.0.0.1", port: 0 });
  });
  afterEach(() => Promise.all([node.close(100), admin.close(100)]));

  it("has its paths on its own port, and not on the public one", async () => {
    for (const path of ADMIN_PATHS) {
      assert.equal((await fetch(`http://${admin.address}${path}`)).status, 200, path);
      assert.equal((await fetch(`${node.url}${path}`)).status, 404, path);
    }
  });

  it("has nothing that is for the public", async () => {
    for (const path of ["/", "/v1/counters", "/v1/events", "/pixel/a.gif"])
      assert.equal((await fetch(`http://${admin.address}${path}`)).status, 404, path);
    const hit = await fetch(`http://${admin.address}/v1/counters/visits/hits`, { method: "POST" });
    assert.deepEqual([hit.status, node.counting.accepted], [404, 0]);
  });

  it("shows the whole cluster there", async () => {
    const cluster = (await (await fetch(`http://${admin.address}/v1/cluster`)).json()) as ClusterJson;
    assert.equal(cluster.ledger, "0123456789abcdef");
    assert.match(cluster.storeDetail, /ledger 0123456789abcdef/);
    assert.equal(cluster.nodes[0]?.address, node.counting.cluster().nodes[0]?.peerAddress);
  });

  it("shows the public no address of a peer, and no id of a ledger, in streams neither", async () => {
    const text = await (await fetch(`${node.url}/v1/cluster`)).text();
    assert.deepEqual(Object.keys(JSON.parse(text)).includes("ledger"), false);
    assert.equal(JSON.parse(text).storeDetail, "version 3 of the ledger is missing");
    const stream = await fetch(`${node.url}/v1/events`);
    let events = "";
    for await (const piece of stream.body!.pipeThrough(new TextDecoderStream())) {
      events += piece;
      if (events.endsWith("\n\n")) break;
    }
    assert.match(events, /"store":"lost"/);
    for (const shown of [text, events]) {
      assert.doesNotMatch(shown, /0123456789abcdef/);
      for (const { peerAddress } of node.counting.cluster().nodes) assert.ok(!shown.includes(peerAddress), peerAddress);
    }
  });

  it("is beside the page of a node that has no admin port", async () => {
    const alone = await serve();
    for (const path of ADMIN_PATHS) assert.equal((await fetch(alone.url + path)).status, 200, path);
    assert.equal((await jsonOf(fetch(`${alone.url}/v1/cluster`))).ledger, "0123456789abcdef");
    await alone.close(100);
  });
});
