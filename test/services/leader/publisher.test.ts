import assert from "node:assert/strict";
import type { ClusterChange } from "../../../internal/core/cluster/cluster_view.ts";
import { type Ledger, positionOf } from "../../../internal/core/ledger/ledger.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import type { LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import { Totals } from "../../../internal/core/ledger/totals.ts";
import type { CopyLimits } from "../../../internal/services/leader/copies.ts";
import { KeptChanges } from "../../../internal/services/leader/kept_changes.ts";
import { Publisher } from "../../../internal/services/leader/publisher.ts";
import { batch, counts, ledgerWith, source } from "../../core/samples.ts";
import { NO_CHANGE, type ToldNode, toldNode } from "./told_node.ts";

const LIMITS = { counters: 100, bytes: 10_000, reserved: new Set<string>() };
const HOUR = 3_600_000;
const { full: _full, nodes: _nodes, left: _left, active: _active, ...STATE } = NO_CHANGE;
const HOURS = { silence: HOUR, afterEnd: HOUR, ended: 10 };

/** A stream gets what changed after the version that it has, while the publisher remembers what that was, and otherwise everything. */
describe("a publisher", () => {
  let leader: Leading;
  beforeEach(() => {
    leader = new Leading();
    for (const counter of ["a", "b", "c"]) leader.commit(counter);
  });

  it("sends a node that missed rounds what changed in them, each counter once", () => {
    const slow = toldNode("slow");
    leader.publish(slow);
    leader.commit("a");
    leader.commit("a");
    leader.commit("b");
    leader.publish(slow);
    assert.deepEqual(told(slow), [
      [null, { a: 1n, b: 1n, c: 1n }],
      [4, { a: 3n, b: 2n }],
    ]);
  });

  it("sends one object to all that miss the same", () => {
    const nodes = ["one", "two", "three"].map((name) => toldNode(name));
    leader.publish(...nodes);
    leader.commit("a");
    leader.publish(nodes[0]!);
    leader.commit("b");
    leader.publish(...nodes);
    const [one, two, three] = nodes.map((node) => node.told.at(-1)?.shared.ledger);
    assert.equal(two, three);
    assert.deepEqual([one?.since, two?.since], [5, 4]);
  });

  it("sends one list of nodes to all that say hello between two rounds, and the newer one after a round", () => {
    const [early, late, later] = ["early", "late", "later"].map((name) => toldNode(name)) as [
      ToldNode,
      ToldNode,
      ToldNode,
    ];
    leader.publish(early);
    const lists = [early, late].map((node) => leader.hello(node));
    assert.equal(lists[0], lists[1]);
    assert.deepEqual(
      lists[0]?.nodes.map(({ id }) => id),
      ["early"],
    );
    leader.publish(early, late);
    assert.deepEqual(
      leader.hello(later).nodes.map(({ id }) => id),
      ["early", "late"],
    );
    assert.equal(leader.hello(later, { store: "away" }).store, "away");
  });

  it("goes on from the totals that a node says it has, on a new stream", () => {
    const back = toldNode("back", [], positionOf(leader.ledger));
    leader.commit("b");
    leader.publish(back);
    assert.deepEqual(told(back), [[4, { b: 2n }]]);
  });

  it("sends everything to a node whose totals another term wrote, and of another ledger", () => {
    const { id, version } = positionOf(leader.ledger);
    const others = [
      toldNode("fork", [], { id, version, writer: "w9" }),
      toldNode("other", [], { id: source(9), version, writer: "w1" }),
      toldNode("new", [], null),
    ];
    leader.commit("b");
    leader.publish(...others);
    for (const other of others) assert.deepEqual(told(other), [[null, { a: 1n, b: 2n, c: 1n }]]);
  });

  it("goes on after a transaction without an answer that was applied, and after one that was not", () => {
    const node = toldNode("node");
    leader.publish(node);
    leader.attempt("new");
    assert.equal(leader.read(), true);
    leader.commit("a", "unanswered");
    assert.equal(leader.read(), true);
    leader.publish(node);
    // It has nothing of the one that was not applied.
    assert.deepEqual(told(node)[1], [4, { new: 0n, a: 2n }]);
  });

  it("goes on after a transaction without an answer that the store applied long after", () => {
    const node = toldNode("node");
    leader.publish(node);
    leader.attempt("b");
    assert.equal(leader.read(), true);
    leader.commit("b", "late");
    assert.equal(leader.read(), true);
    leader.publish(node);
    assert.deepEqual(told(node)[1], [4, { b: 2n }]);
  });

  it("sends everything after the ledger was replaced", () => {
    leader.replace(ledgerWith({ version: 7, terms: [{ writer: "w2", from: 7 }] }));
    assert.equal(leader.read(), false);
  });
});

/** A ledger that is too much for one message goes to a new node part by part; what changes meanwhile goes with the rounds. */
describe("a copy in parts", () => {
  let leader: Leading;
  beforeEach(() => {
    leader = new Leading({ countersInPart: 2 });
    for (const counter of ["a", "b", "c", "d", "e", "f"]) leader.commit(counter);
  });

  it("has every counter, in at most half as many parts as there are pages of them, and then ends", () => {
    const node = toldNode("node", [], null);
    leader.publish(node);
    leader.commit("a");
    leader.publish(node);
    while (leader.goOn(node) !== null) assert.ok(node.told.length < 9);
    const changes = node.told.map(({ shared }) => shared.ledger as LedgerChange);
    assert.deepEqual(
      changes.map(({ since, copy }) => [since, copy?.sum]),
      [[null, 6n], [7, 7n], ...Array.from({ length: node.told.length - 2 }, () => [8, 7n])],
    );
    assert.equal(Math.min(...changes.slice(2).map(({ totals }) => totals.length)) >= 1, true);
    assert.ok(changes.slice(2, -1).every(({ totals }) => totals.length >= 2));
    const copied = new Map(
      changes.flatMap(({ totals }) => totals.map(({ counter, regions }) => [counter, regions.get("eu")])),
    );
    assert.deepEqual(Object.fromEntries(copied), { a: 2n, b: 1n, c: 1n, d: 1n, e: 1n, f: 1n });
    const pages = changes.reduce((sum, { copy }) => sum + (copy?.pages ?? 0), 0);
    assert.ok(pages >= 4_096, `${pages} pages`);
    leader.commit("b");
    leader.publish(node);
    assert.deepEqual([told(node).at(-1), node.told.at(-1)?.shared.ledger?.copy], [[8, { b: 2n }], undefined]);
  });

  it("is one object for all that are at the same page, also for one that came later", () => {
    const [one, other, late] = [toldNode("one", [], null), toldNode("other", [], null), toldNode("late", [], null)];
    leader.publish(one, other);
    leader.goOn(one, other);
    leader.publish(one, other, late);
    leader.goOn(one, other, late);
    const parts = [one, other, late].map((node) => node.told.at(-1)?.shared.ledger);
    assert.ok(parts[0]?.copy?.pages);
    assert.deepEqual([parts[1] === parts[0], parts[2] === parts[0]], [true, true]);
  });

  it("waits for a node that owes a reply", () => {
    const node = toldNode("node", [], null);
    leader.publish(node);
    node.follower.send({ kind: "collect", epoch: 1, round: 1, ledger: { id: source(1), version: 1 } });
    assert.equal(leader.goOn(node), null);
  });

  it("begins anew when the ledger divides its counters into pages by another hash", () => {
    const node = toldNode("node", [], null);
    leader.publish(node);
    leader.goOn(node);
    leader.divideAnew();
    leader.publish(node);
    assert.deepEqual([told(node).at(-1)?.[0], node.told.at(-1)?.shared.ledger?.copy?.pages], [null, 0]);
  });

  it("is not for a node of 0.1.0, which takes full snapshots only", () => {
    const node = toldNode("node");
    leader.publish(node);
    const all = { a: 1n, b: 1n, c: 1n, d: 1n, e: 1n, f: 1n };
    assert.deepEqual(told(node), [[null, all]]);
    assert.equal(leader.goOn(node), null);
  });
});

describe("kept changes", () => {
  const at = (version: number) => ({ id: source(1), version, writer: "w" });

  it("are forgotten, oldest first, when they take too many bytes", () => {
    const kept = new KeptChanges(null, 100);
    kept.opened(at(1));
    for (let version = 2; version <= 6; version++) {
      kept.attempt([`counter-${version}-of-24-bytes`.slice(0, 24)], "w");
      kept.committed(at(version));
    }
    const known = [1, 2, 3, 4, 5, 6].map((version) => kept.since(version)?.size ?? null);
    assert.deepEqual(known, [null, null, null, 2, 1, 0]);
  });

  it("go on from what was heard before, whichever versions it came in", () => {
    const heard = new KeptChanges();
    const change = (since: number | null, version: number, counters: readonly string[]) =>
      heard.heard({ since, ledger: at(version), totals: counters.map((counter) => ({ counter, regions: new Map() })) });
    change(null, 1, ["a", "b", "c"]);
    change(1, 4, ["a", "b"]);
    change(4, 4, []);
    change(4, 5, ["c"]);
    const kept = new KeptChanges(heard);
    assert.equal(kept.opened(at(5)), true);
    kept.attempt(["d"], "x");
    kept.committed({ ...at(6), writer: "x" });
    const names = [0, 1, 3, 4, 5, 6].map((version) => [...(kept.since(version) ?? ["none"])].join());
    assert.deepEqual(names, ["none", "a,b,c,d", "a,b,c,d", "c,d", "d", ""]);
    change(5, 6, ["e"]);
    assert.deepEqual([...(kept.since(5) ?? [])], ["d"], "what is heard later is another leader's");
  });

  it("of what was heard are no use in a ledger that went on, or is another", () => {
    for (const position of [at(2), { ...at(1), writer: "v" }, { ...at(1), id: source(2) }]) {
      const heard = new KeptChanges();
      heard.heard({ since: null, ledger: at(1), totals: [] });
      assert.equal(new KeptChanges(heard).opened(position), false);
    }
  });

  it("are none of a version that is not there yet", () => {
    const kept = new KeptChanges();
    kept.opened(at(3));
    assert.deepEqual([kept.since(2), kept.since(4)], [null, null]);
  });
});

/** A leader without a store: it commits one hit at a time. */
class Leading {
  readonly #publisher: Publisher;
  #rounds = new Rounds({ epoch: 1, writer: "w1" }, ledgerWith(), 1, LIMITS, HOURS, 0);

  constructor(copies?: CopyLimits) {
    this.#publisher = new Publisher(LIMITS, new KeptChanges(), copies);
    this.read();
  }

  get ledger(): Ledger {
    return this.#rounds.ledger;
  }

  attempt(counter: string): void {
    this.#publisher.attempt([counter], "w1");
  }

  /** Commits a hit. `unanswered`: the publisher does not hear of it; `late`: nor that it was tried now. */
  commit(counter: string, how?: "unanswered" | "late"): void {
    const from = this.ledger.sources.get(source(1)) ?? 0;
    const one = batch(source(1), from, from + 1, { counts: counts({ [counter]: 1 }) });
    const round = this.#rounds.begin();
    this.#rounds.accept("node", { epoch: 1, round, batches: [one], sources: [one.source] }, 0);
    const plan = this.#rounds.plan(0);
    assert.ok(plan);
    if (how !== "late") this.#publisher.attempt(plan.draft.changed.keys(), "w1");
    this.#rounds.settle(plan, this.#rounds.headRevision + 1, 0);
    if (how === undefined) this.#publisher.committed(this.ledger);
  }

  replace(ledger: Ledger): void {
    this.#rounds = new Rounds({ epoch: 1, writer: "w1" }, ledger, 9, LIMITS, HOURS, 0);
  }

  /** Whether streams go on from what they were sent. */
  read(): boolean {
    return this.#publisher.opened(this.ledger);
  }

  /** The same ledger, with another seed of its pages' hash. */
  divideAnew(): void {
    this.replace({ ...this.ledger, totals: new Totals(this.ledger.totals, source(3)) });
    assert.equal(this.read(), true);
  }

  /** Bytes that were sent; null: nothing is left to send. */
  goOn(...nodes: readonly ToldNode[]): number | null {
    const followers = nodes.map(({ follower }) => follower);
    return this.#publisher.goOnWithCopies(NO_CHANGE, this.#rounds, followers);
  }

  /** What a node is told of the cluster that says hello. */
  hello({ follower, told }: ToldNode, state: Partial<ClusterChange> = {}): ClusterChange {
    this.#publisher.publishTo({ ...STATE, ...state }, this.#rounds, follower, 1);
    return told.at(-1)?.shared.cluster as ClusterChange;
  }

  publish(...nodes: readonly ToldNode[]): void {
    const followers = nodes.map(({ follower }) => follower);
    this.#publisher.publish(NO_CHANGE, this.#rounds, followers, followers);
  }
}

function told({ told }: ToldNode): [since: number | null, totals: Record<string, bigint>][] {
  return told.map(({ shared }) => {
    const { since, totals } = shared.ledger as LedgerChange;
    return [since, Object.fromEntries(totals.map(({ counter, regions }) => [counter, regions.get("eu") ?? 0n]))];
  });
}
