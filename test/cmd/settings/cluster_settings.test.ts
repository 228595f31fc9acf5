import assert from "node:assert/strict";
import { resolve } from "node:path";
import { clusterCommand } from "../../../cmd/settings/cluster_settings.ts";
import { nodeCommand } from "../../../cmd/settings/node_settings.ts";
import { helpText } from "../../../cmd/settings/read/help.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";
import { messageOf } from "../../../cmd/settings/read/setting_error.ts";
import { oneMoreNode } from "../../../cmd/supervisor/commands.ts";
import { nodePlans } from "../../../cmd/supervisor/node_plan.ts";

/** `npm start` makes nodes that differ in name, port and region and share one store. */
describe("cluster settings", () => {
  it("make three nodes in three regions on one store", () => {
    const reading = parseSettings(clusterCommand, [], {});
    assert.ok(reading.kind === "settings");
    const nodes = nodePlans(reading.settings).map(({ flags }) => parseSettings(nodeCommand, flags, {}));
    assert.deepEqual(
      nodes.map(
        (node) => node.kind === "settings" && [node.settings.port, node.settings.region, node.settings.dataDir],
      ),
      [
        [4000, "eu-central-1", resolve("data/node-4000")],
        [4001, "us-east-1", resolve("data/node-4001")],
        [4002, "ap-southeast-1", resolve("data/node-4002")],
      ],
    );
    const stores = nodes.map((node) => node.kind === "settings" && node.settings.store);
    assert.deepEqual(stores, Array(3).fill({ kind: "sqlite", file: resolve("data/store.sqlite") }));
  });

  it("use the store that a node with default settings finds", () => {
    const fourth = parseSettings(nodeCommand, ["--port", "4003"], {});
    assert.deepEqual(fourth.kind === "settings" && fourth.settings.store, {
      kind: "sqlite",
      file: resolve("data/store.sqlite"),
    });
  });

  it("pass the nodes' settings on as they were written, from flags and variables", () => {
    const hosts = ["--allowed-hosts", "a.example"];
    const flags = [
      ...hosts,
      "--allowed-origins",
      "https://a.example",
      "--counters",
      "visits,blog",
      "--max-counters",
      "7",
    ];
    const env = { GLOBAL_CLUSTER_HOST: "0.0.0.0", GLOBAL_CLUSTER_INTERVAL: "250ms", GLOBAL_CLUSTER_LOG_LEVEL: "debug" };
    for (const node of nodesOf([...flags, "--log", "json"], env)) {
      const { host, peerHost, allowedOrigins, allowedHosts, counters, maxCounters, interval, log, logLevel } = node;
      assert.deepEqual(
        { host, peerHost, allowedOrigins, allowedHosts, counters, maxCounters, interval, log, logLevel },
        {
          host: "0.0.0.0",
          peerHost: "127.0.0.1",
          allowedOrigins: new Set(["https://a.example"]),
          allowedHosts: new Set(["a.example"]),
          counters: new Set(["visits", "blog"]),
          maxCounters: 7,
          interval: 250,
          log: "json",
          logLevel: "debug",
        },
      );
    }
  });

  it("give the nodes no flag that says the same as its default", () => {
    const result = parseSettings(clusterCommand, ["--interval", "1s"], {});
    assert.deepEqual(result.kind === "settings" && result.settings.nodeFlags, ["--log", "text"]);
  });

  it("show a command for one more node, which finds the same store", () => {
    for (const argv of [[], ["--data-dir", "elsewhere"]]) {
      const result = parseSettings(clusterCommand, argv, {});
      assert.ok(result.kind === "settings");
      const [, flags = ""] = oneMoreNode(result.settings, 4003).split("npm run node -- ");
      const node = parseSettings(nodeCommand, flags.split(" "), {});
      assert.ok(node.kind === "settings");
      assert.deepEqual(node.settings.store, nodesOf(argv, {})[0]?.store);
    }
  });

  function nodesOf(argv: string[], env: Record<string, string>) {
    const result = parseSettings(clusterCommand, argv, env);
    assert.ok(result.kind === "settings", JSON.stringify(result));
    return nodePlans(result.settings).map(({ flags }) => {
      const node = parseSettings(nodeCommand, flags, {});
      assert.ok(node.kind === "settings", JSON.stringify(node));
      return node.settings;
    });
  }

  it("show the limits of --nodes in the help", () => {
    assert.match(helpText(clusterCommand), /number of nodes: 1 to 9 \(default: 3\)/);
  });

  const wrong: [argv: string[], env: Record<string, string>, sentence: string][] = [
    [["--nodes", "0"], {}, '--nodes must be a whole number from 1 to 9, not "0"'],
    [["--port", "65534"], {}, "--port must leave room for 3 ports up to 65535"],
    [["--interval", "1h"], {}, '--interval must be a time with its unit (ms, s, m or h) from 100ms to 60s, not "1h"'],
    [["--data-dir", "none"], {}, "--data-dir must be a directory, because the store is in it"],
    [[], { GLOBAL_CLUSTER_STORE: "etcd://a" }, "GLOBAL_CLUSTER_STORE is unknown; --help lists all variables"],
  ];
  for (const [argv, env, expected] of wrong) {
    it(`refuse ${JSON.stringify([argv, env])}`, () => {
      const reading = parseSettings(clusterCommand, argv, env);
      assert.deepEqual(reading.kind === "errors" && reading.errors.map(messageOf), [expected]);
    });
  }
});
