import assert from "node:assert/strict";
import fc from "fast-check";
import type { NodeRow } from "../../../internal/core/cluster/cluster_view.ts";
import { NodeList } from "../../../internal/services/leader/node_list.ts";

const NODES = 1_000;

/**
 * The list of nodes travels as changes. A follower of the changes knows the whole list, with few rows sent each
 * round.
 */
describe("the list of nodes, as it travels", () => {
  it("is complete at first", () => {
    const rows = rowsAt(0);
    assert.equal(new NodeList().update(rows).nodes.length, NODES);
  });

  it("carries few rows of which only the numbers changed, and in time all of them", () => {
    const list = new NodeList();
    list.update(rowsAt(0));
    const heard = new Map<string, number>();
    let most = 0;
    for (let now = 1; now <= 40; now++) {
      const { nodes } = list.update(rowsAt(now));
      most = Math.max(most, nodes.length);
      for (const { id } of nodes) heard.set(id, now);
    }
    assert.ok(most <= 100, `${most} rows in one round`);
    assert.equal(heard.size, NODES);
  });

  it("tells first whose open pages are gone", () => {
    const list = new NodeList();
    const watched = (now: number, from: number) =>
      rowsAt(now).map((row, i) => ({ ...row, active: i >= from && i < 950 ? 2 : 0 }));
    list.update(watched(0, 0));
    const { nodes } = list.update(watched(1, 30));
    const told = nodes.filter(({ active, id }) => active === 0 && Number(id.slice(1)) < 30);
    assert.deepEqual([told.length, nodes.length], [30, 64]);
    const silent = list.update(watched(1, 40)).nodes.filter(({ id }) => ["n30", "n39"].includes(id));
    assert.equal(silent.length, 2);
  });

  it("carries changes of state at once, however many", () => {
    const list = new NodeList();
    list.update(rowsAt(0));
    const { nodes } = list.update(rowsAt(1).map((row, i) => (i < 300 ? { ...row, state: "unreachable" } : row)));
    assert.equal(nodes.filter(({ state }) => state === "unreachable").length, 300);
  });

  it("says who left, once", () => {
    const list = new NodeList();
    list.update(rowsAt(0));
    assert.deepEqual(list.update(rowsAt(0).slice(2)).left, ["n0", "n1"]);
    assert.deepEqual(list.update(rowsAt(0).slice(2)).left, []);
  });

  it("carries nothing when nothing changed", () => {
    const list = new NodeList();
    list.update(rowsAt(0));
    assert.deepEqual(list.update(rowsAt(0)), { nodes: [], left: [] });
  });

  it("lets followers of its changes know what it knows, and after quiet rounds everything", () => {
    const state = fc.constantFrom("counting", "draining", "unreachable");
    const some = fc.uniqueArray(fc.record({ id: fc.nat({ max: 150 }), state, heardAt: fc.nat({ max: 3 }) }), {
      selector: ({ id }) => id,
      maxLength: 150,
    });
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 6 }), (rounds) => {
        const list = new NodeList();
        const follower = new Map<string, NodeRow>();
        const last = rounds.at(-1) ?? [];
        for (const rows of [...rounds, ...Array<typeof last>(4).fill(last)]) {
          const { nodes, left } = list.update(rows.map((row) => rowOf(row.id, row.heardAt, row.state)));
          for (const row of nodes) follower.set(row.id, row);
          for (const id of left) follower.delete(id);
          assert.deepEqual(sorted(follower.values()), sorted(list.all()));
        }
        assert.deepEqual(sorted(follower.values()), sorted(last.map((row) => rowOf(row.id, row.heardAt, row.state))));
      }),
      { numRuns: 50 },
    );
  });
});

function rowsAt(now: number): NodeRow[] {
  return Array.from({ length: NODES }, (_, i) => rowOf(i, now));
}

function rowOf(n: number, heardAt: number, state: NodeRow["state"] = "counting"): NodeRow {
  const name = `n${n}`;
  return {
    id: name,
    name,
    url: "",
    peerAddress: "",
    region: "eu",
    state,
    hits: heardAt,
    committed: 0,
    pending: 0,
    active: 0,
    heardAt,
    durable: true,
  };
}

function sorted(rows: Iterable<NodeRow>): NodeRow[] {
  return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
}
