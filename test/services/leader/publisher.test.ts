import assert from "node:assert/strict";
import { type Ledger, positionOf } from "../../../internal/core/ledger/ledger.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import type { LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import { KeptChanges } from "../../../internal/services/leader/kept_changes.ts";
import { Publisher } from "../../../internal/services/leader/publisher.ts";
import { batch, counts, ledgerWith, source } from "../../core/samples.ts";
import { NO_CHANGE, type ToldNode, toldNode } from "./told_node.ts";

const LIMITS = { counters: 100, bytes: 10_000, reserved: new Set<string>() };
const HOUR = 3_600_000;
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
    assert.deepEqual(told(node)[1], [4, { a: 2n }]);
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
    leader.replace({ ...leader.ledger, version: 7, terms: [{ writer: "w2", from: 7 }] });
    assert.equal(leader.read(), false);
  });
});

describe("kept changes", () => {
  const at = (version: number) => ({ id: source(1), version, writer: "w" });

  it("are forgotten, oldest first, when they take too many bytes", () => {
    const kept = new KeptChanges("w", 100);
    kept.opened(at(1));
    for (let version = 2; version <= 6; version++) {
      kept.attempt([`counter-${version}-of-24-bytes`.slice(0, 24)]);
      kept.committed(at(version));
    }
    const known = [1, 2, 3, 4, 5, 6].map((version) => kept.since(version)?.size ?? null);
    assert.deepEqual(known, [null, null, null, 2, 1, 0]);
  });

  it("are none of a version that is not there yet", () => {
    const kept = new KeptChanges("w");
    kept.opened(at(3));
    assert.deepEqual([kept.since(2), kept.since(4)], [null, null]);
  });
});

/** A leader without a store: it commits one hit at a time. */
class Leading {
  readonly #publisher = new Publisher(LIMITS, "w1");
  #rounds = new Rounds({ epoch: 1, writer: "w1" }, ledgerWith(), 1, LIMITS, HOURS, 0);

  constructor() {
    this.read();
  }

  get ledger(): Ledger {
    return this.#rounds.ledger;
  }

  attempt(counter: string): void {
    this.#publisher.attempt([counter]);
  }

  /** Commits a hit. `unanswered`: the publisher does not hear of it; `late`: nor that it was tried now. */
  commit(counter: string, how?: "unanswered" | "late"): void {
    const from = this.ledger.sources.get(source(1)) ?? 0;
    const one = batch(source(1), from, from + 1, { counts: counts({ [counter]: 1 }) });
    const round = this.#rounds.begin();
    this.#rounds.accept("node", { epoch: 1, round, batches: [one], sources: [one.source] }, 0);
    const plan = this.#rounds.plan(0);
    assert.ok(plan);
    if (how !== "late") this.#publisher.attempt(plan.draft.changed.keys());
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
