import assert from "node:assert/strict";
import type { NodeRow } from "../../../internal/core/cluster/cluster_view.ts";
import type { Clock } from "../../../internal/ports/clock.ts";
import type { CollectReply } from "../../../internal/ports/peers.ts";
import { ClusterCache } from "../../../internal/services/counter/cluster_cache.ts";
import { Follower } from "../../../internal/services/leader/follower.ts";
import { ScriptedNode } from "./scripted_node.ts";
import { NO_CHANGE } from "./told_node.ts";

const MEMBER = { id: "n", name: "n", region: "eu", peerAddress: "n:1", url: "http://n" };
const REPORT = {
  ...{ known: null, sources: [], begun: [], hits: 5, committed: 4, pending: 1, indeterminate: 0, active: 3 },
  ...{ draining: false, drained: false, durable: true, refusing: false, resync: false },
};
const COLLECT = { kind: "collect", epoch: 1, round: 1, ledger: { id: "l", version: 1 } } as const;
const ANSWER: CollectReply = { kind: "answer", epoch: 1, round: 1, batches: [], ...REPORT };

/** The row of a node tells its last numbers, and how long the leader has not heard it. */
describe("the row of a node", () => {
  let now = 0;
  const clock: Clock = { monotonic: () => now, wall: () => now, after: () => () => {}, endOfTurn() {} };
  let node: ScriptedNode;
  let follower: Follower;
  beforeEach(() => {
    now = 0;
    node = new ScriptedNode();
    follower = new Follower(MEMBER, node.deps(clock));
    follower.ensureOpen();
  });
  const facts = () => {
    const { state, active } = follower.row();
    return [state, active];
  };
  const rounds = (count: number) => {
    for (let round = 0; round < count; round++) {
      now += 1_000;
      follower.send(COLLECT);
    }
  };

  it("has what the node said, and nothing before it said anything", () => {
    assert.deepEqual(facts(), ["unreachable", 0]);
    node.says.message({ kind: "hello", member: MEMBER, knows: 2, ...REPORT });
    const { hits, committed, pending, active, state } = follower.row();
    assert.deepEqual({ hits, committed, pending, active, state }, { ...numbers(5, 4, 1, 3), state: "counting" });
  });

  it("lags after three rounds without an answer, and is unreachable after ten seconds; its pages are gone after two", () => {
    node.says.message(ANSWER);
    rounds(1);
    assert.deepEqual(facts(), ["counting", 3]);
    rounds(1);
    assert.deepEqual(facts(), ["counting", 0]);
    rounds(1);
    assert.deepEqual(facts(), ["counting", 0]);
    rounds(1);
    assert.deepEqual(facts(), ["lagging", 0]);
    rounds(8);
    assert.deepEqual(facts(), ["unreachable", 0]);
    node.says.message(ANSWER);
    assert.deepEqual(facts(), ["counting", 3]);
  });

  it("does not lag because the leader was paused", () => {
    node.says.message(ANSWER);
    rounds(1);
    now += 60_000;
    node.says.message(ANSWER);
    rounds(1);
    assert.deepEqual(facts(), ["counting", 3]);
  });

  it("has no pages as soon as its stream breaks, and is unreachable when it stays broken", () => {
    node.says.message(ANSWER);
    node.says.closed("reset");
    assert.deepEqual(facts(), ["counting", 0]);
    now += 3_001;
    assert.deepEqual(facts(), ["unreachable", 0]);
  });
});

describe("the pages that are open", () => {
  it("do not include those of a leader that fell silent", () => {
    let now = 0;
    const clusterCache = new ClusterCache({
      monotonic: () => now,
      wall: () => 0,
      after: () => () => {},
      endOfTurn() {},
    });
    const nodes = [row("leader", 4), row("other", 2)];
    clusterCache.adopt({ ...NO_CHANGE, leader: "leader", active: 6, nodes });
    now = 2_000;
    assert.deepEqual(watched(clusterCache), [6, 4, 2]);
    now = 2_001;
    assert.deepEqual(watched(clusterCache), [2, 0, 2]);
    clusterCache.heard();
    assert.deepEqual(watched(clusterCache), [6, 4, 2]);
  });

  function watched(clusterCache: ClusterCache): number[] {
    const { active, nodes } = clusterCache.view(null);
    return [active, ...nodes.map((node) => node.active)];
  }
});

function row(id: string, active: number): NodeRow {
  return { ...MEMBER, id, name: id, state: "counting", ...numbers(0, 0, 0, active), heardAt: 0, durable: true };
}

function numbers(hits: number, committed: number, pending: number, active: number) {
  return { hits, committed, pending, active };
}
