import assert from "node:assert/strict";
import { Totals } from "../../../internal/core/ledger/totals.ts";
import type { Hello } from "../../../internal/ports/peers.ts";
import { Followers } from "../../../internal/services/leader/followers.ts";
import { LedgerKnowledge } from "../../../internal/services/leader/ledger_knowledge.ts";
import { ledgerWith } from "../../core/samples.ts";
import { ScriptedNode } from "./scripted_node.ts";

const OLD = { id: "old", name: "old", region: "eu", peerAddress: "old:1", url: "http://old" };
const REPORT = {
  ...{ known: null, sources: [], begun: [], hits: 0, committed: 0, pending: 0, indeterminate: 0, active: 0 },
  ...{ draining: false, drained: false, durable: true, refusing: false, resync: false },
};

/** A node of 0.1.0 takes all totals in one message. A ledger that is too large for that is not sent to it, and somebody hears of it. */
describe("a node of 0.1.0", () => {
  const errors: string[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (event: string) => void errors.push(event) };

  it("is collected up to 10,000 counters, and then no more, which is reported once", async () => {
    const node = new ScriptedNode();
    const unused = () => Promise.reject(new Error("nobody calls"));
    const followers = new Followers(
      { register() {}, withdraw: unused, members: () => Promise.resolve([OLD]), rest() {} },
      [],
      logger,
      node.deps(),
    );
    const knowledge = new LedgerKnowledge(followers, {
      self: { ...OLD, id: "new", name: "new" },
      logger,
      known: () => null,
      lineage: () => [],
      seen: () => null,
    });
    await followers.refresh();
    node.says.message({ kind: "hello", member: OLD, knows: 1, ...REPORT } satisfies Hello);
    const [follower] = followers.all();
    assert.ok(follower);
    const totals = new Totals();
    for (let i = 0; i < 10_000; i++) totals.set(`c${i}`, { regions: new Map([["eu", 1n]]), generation: 0 });
    const ledger = ledgerWith();
    knowledge.markForeign({ ...ledger, totals });
    assert.deepEqual([followers.ready().length, knowledge.maySend(follower, ledger), errors], [1, true, []]);
    totals.set("one-more", { regions: new Map([["eu", 1n]]), generation: 0 });
    for (let i = 0; i < 2; i++) knowledge.markForeign({ ...ledger, totals });
    assert.deepEqual([followers.ready().length, knowledge.maySend(follower, ledger)], [0, false]);
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? "", /at most 10000 counters.*upgrade it/);
    node.says.message({ kind: "hello", member: OLD, knows: 1, ...REPORT, totals: null } satisfies Hello);
    knowledge.markForeign({ ...ledger, totals });
    assert.equal(followers.ready().length, 1, "its release is newer now");
  });
});
