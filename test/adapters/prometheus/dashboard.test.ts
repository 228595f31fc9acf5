import assert from "node:assert/strict";
import { dashboardJson } from "../../../internal/core/operator/desired/dashboard.ts";
import { queriesOf, queriesWithoutData } from "../../e2e/dashboard_queries.ts";
import { needs } from "../../needs.ts";
import { onEtcd } from "../../processes/stores.ts";

const OWNER = { namespace: "web", name: "visits" };

/** Each panel of the dashboard shows data of its own cluster in a real Prometheus. */
describe("the dashboard", () => {
  it("has panels that do not overlap, each with a number of its own", () => {
    const { panels } = JSON.parse(dashboardJson(OWNER)) as { panels: Panel[] };
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const one of panels) {
      assert.ok(one.gridPos.x + one.gridPos.w <= 24, one.title);
      for (const other of panels) assert.ok(one === other || !overlap(one, other), `${one.title} on ${other.title}`);
    }
  });

  it("asks only of its cluster", () => {
    for (const query of queriesOf(OWNER)) {
      assert.equal(query.match(/\{/g)?.length, query.match(/\{job="web\/visits"/g)?.length, query);
    }
  });

  describe("in a real Prometheus", () => {
    before(function () {
      needs(this, "Prometheus");
    });

    it("gets no data where there are no pods, and says for which queries", async () => {
      assert.deepEqual(await queriesWithoutData(OWNER, [], 500), queriesOf(OWNER));
    });

    onEtcd((store) => {
      it("gets data for each query", async () => {
        const cluster = await store.cluster();
        cluster.load.start();
        const nodes = cluster.nodes.map(({ name, port }) => ({ address: `127.0.0.1:${port}`, pod: name }));
        assert.deepEqual(
          await queriesWithoutData(OWNER, [...nodes, { address: store.etcd.endpoint, pod: "etcd" }]),
          [],
        );
      });
    });
  });
});

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
