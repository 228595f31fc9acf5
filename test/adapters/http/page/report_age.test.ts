import assert from "node:assert/strict";
import { isOutdated, reportAge } from "../../../../internal/adapters/http/page/browser/report_age.js";
import { NodeList } from "../../../../internal/services/leader/node_list.ts";
import { nodeRow } from "./nodes.ts";

describe("how old a node's report is", () => {
  for (const nodeCount of [3, 64, 65, 1_000]) {
    it(`is never too old for its numbers while a leader collects, with ${nodeCount} nodes, whose rows are sent in turn`, () => {
      const list = new NodeList();
      let oldest = 0;
      for (let round = 0; round < 60; round++) {
        const now = round * 1000;
        list.update(Array.from({ length: nodeCount }, (_, index) => nodeRow(`n-${index}`, "fra", { heardAt: now })));
        const cluster = { now: now + 999, store: "away", leaderSilence: 0.9, interval: 1, nodeCount };
        for (const row of list.all()) {
          const age = reportAge(row, cluster);
          assert.ok(!isOutdated(age, cluster), `${row.name} is ${age} s old in round ${round}`);
          oldest = Math.max(oldest, age ?? 0);
        }
      }
      assert.ok(oldest >= Math.floor(nodeCount / 65), `rows wait for their turn: ${oldest}`);
    });
  }

  it("is that of the leader's last rounds for a node that answers them, whatever its row says", () => {
    const cluster = { now: 60_000, store: "ok", leaderSilence: 0.5, interval: 1, nodeCount: 1_000 };
    for (const state of ["counting", "draining"]) assert.equal(reportAge({ state, heardAt: 0 }, cluster, 2), 2.5);
    for (const state of ["lagging", "unreachable"]) assert.equal(reportAge({ state, heardAt: 0 }, cluster, 2), 62);
  });

  it("is never less than nothing, where clocks differ", () => {
    const cluster = { now: 0, store: "lost", leaderSilence: 0.5, interval: 1, nodeCount: 3 };
    assert.equal(reportAge({ state: "counting", heardAt: 5_000 }, cluster), 0);
  });
});
