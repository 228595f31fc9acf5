import assert from "node:assert/strict";
import { adoptCommand } from "../../../cmd/settings/adopt_settings.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";
import { messageOf } from "../../../cmd/settings/read/setting_error.ts";

/** `adopt` takes the store as a node does, and a yes only from a flag or a person. */
describe("adopt settings", () => {
  it("ask unless --yes is given", () => {
    for (const [argv, yes] of [
      [[], false],
      [["--yes"], true],
    ] as const) {
      const reading = parseSettings(adoptCommand, argv, {});
      assert.equal(reading.kind === "settings" && reading.settings.yes, yes);
    }
  });

  it("open a store like a node", () => {
    const reading = parseSettings(adoptCommand, [], {
      GLOBAL_CLUSTER_STORE: "etcd://a:1",
      GLOBAL_CLUSTER_ETCD_PREFIX: "x",
    });
    assert.deepEqual(reading.kind === "settings" && reading.settings.store, {
      kind: "etcd",
      endpoints: ["a:1"],
      prefix: "x",
    });
  });

  it("ignore a node's variables, as in a counter's container, but not unknown ones", () => {
    const env = {
      GLOBAL_CLUSTER_STORE: "etcd://a:1",
      GLOBAL_CLUSTER_HOST: "0.0.0.0",
      GLOBAL_CLUSTER_PEER_PORT: "4001",
    };
    assert.equal(parseSettings(adoptCommand, [], env).kind, "settings");
    const reading = parseSettings(adoptCommand, [], { ...env, GLOBAL_CLUSTER_HOTS: "0.0.0.0" });
    assert.equal(reading.kind === "errors" && reading.errors.length, 1);
  });

  it("refuse a variable for --yes, and a value", () => {
    const reading = parseSettings(adoptCommand, ["--yes=no"], { GLOBAL_CLUSTER_YES: "1" });
    assert.deepEqual(reading.kind === "errors" && reading.errors.map(messageOf), [
      '--yes takes no value, not "no"',
      "GLOBAL_CLUSTER_YES is unknown; --help lists all variables",
    ]);
  });
});
