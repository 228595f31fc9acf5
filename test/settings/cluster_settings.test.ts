import assert from "node:assert/strict";
import { resolve } from "node:path";
import { clusterCommand } from "../../cmd/settings/cluster_settings.ts";
import { nodeCommand } from "../../cmd/settings/node_settings.ts";
import { helpText } from "../../cmd/settings/read/help.ts";
import { parseSettings } from "../../cmd/settings/read/parse.ts";
import { messageOf } from "../../cmd/settings/read/setting_error.ts";
import { nodePlans } from "../../cmd/supervisor/node_plan.ts";

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

  it("make nodes that a fourth one finds with its own defaults", () => {
    const fourth = parseSettings(nodeCommand, ["--port", "4003"], {});
    assert.deepEqual(fourth.kind === "settings" && fourth.settings.store, {
      kind: "sqlite",
      file: resolve("data/store.sqlite"),
    });
  });

  it("tell the limits of --nodes", () => {
    assert.match(helpText(clusterCommand), /number of nodes: 1 to 9 \(default: 3\)/);
  });

  const wrong: [argv: string[], env: Record<string, string>, sentence: string][] = [
    [["--nodes", "0"], {}, '--nodes must be a whole number from 1 to 9, not "0"'],
    [["--port", "65534"], {}, "--port must leave room for 3 ports up to 65535"],
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
