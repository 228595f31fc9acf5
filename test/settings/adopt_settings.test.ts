import assert from "node:assert/strict";
import { adoptCommand } from "../../cmd/settings/adopt_settings.ts";
import { readSettings } from "../../cmd/settings/read/parse.ts";
import { sentence } from "../../cmd/settings/read/setting_error.ts";

describe("adopt settings", () => {
  it("ask unless told not to", () => {
    for (const [argv, yes] of [
      [[], false],
      [["--yes"], true],
    ] as const) {
      const reading = readSettings(adoptCommand, argv, {});
      assert.equal(reading.kind === "settings" && reading.settings.yes, yes);
    }
  });

  it("open a store as a node does", () => {
    const reading = readSettings(adoptCommand, [], {
      GLOBAL_CLUSTER_STORE: "etcd://a:1",
      GLOBAL_CLUSTER_ETCD_PREFIX: "x",
    });
    assert.deepEqual(reading.kind === "settings" && reading.settings.store, {
      kind: "etcd",
      endpoints: ["a:1"],
      prefix: "x",
    });
  });

  it("make nothing of a node's variables, as in a counter's container, but of words that are nobody's", () => {
    const env = {
      GLOBAL_CLUSTER_STORE: "etcd://a:1",
      GLOBAL_CLUSTER_HOST: "0.0.0.0",
      GLOBAL_CLUSTER_PEER_PORT: "4001",
    };
    assert.equal(readSettings(adoptCommand, [], env).kind, "settings");
    const reading = readSettings(adoptCommand, [], { ...env, GLOBAL_CLUSTER_HOTS: "0.0.0.0" });
    assert.equal(reading.kind === "mistakes" && reading.mistakes.length, 1);
  });

  it("take no yes from the environment, and no value with it", () => {
    const reading = readSettings(adoptCommand, ["--yes=no"], { GLOBAL_CLUSTER_YES: "1" });
    assert.deepEqual(reading.kind === "mistakes" && reading.mistakes.map(sentence), [
      '--yes takes no value, not "no"',
      "GLOBAL_CLUSTER_YES is unknown here; --help lists all variables",
    ]);
  });
});
