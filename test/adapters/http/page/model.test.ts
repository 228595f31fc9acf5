import assert from "node:assert/strict";
import type { EventMessage } from "../../../../internal/adapters/http/events/messages.ts";
import { merged, type PageModel } from "../../../../internal/adapters/http/page/browser/model.js";
import type { NodeRow } from "../../../../internal/core/cluster/cluster_view.ts";
import { MemoryCounting } from "../memory_counting.ts";
import { fullMessage } from "./full_message.ts";
import { nodeRow } from "./nodes.ts";

describe("the rate of a node, from the messages of a stream", () => {
  const BEGIN = 1_700_000_000_000;
  const counting = new MemoryCounting();
  counting.others = [nodeRow("beta", "us-east-1", { hits: 5_000, heardAt: BEGIN })];
  const first = fullMessage(counting);

  /** The message at `seconds`, with what changed of beta. */
  function later(seconds: number, beta: Partial<NodeRow> | null): EventMessage {
    const nodes = beta === null ? [] : [{ id: "beta", ...beta }];
    return { ...first, cluster: { ...first.cluster, now: BEGIN + seconds * 1000 }, full: false, nodes, left: [] };
  }
  const rate = (model: PageModel) => model.nodes.find(({ id }) => id === "beta")?.rate;

  it("is not known from one word alone", () => assert.equal(rate(merged(null, first)), null));

  it("is that between two of its words, also where a row comes with every eighth message only", () => {
    let model = merged(null, first);
    for (let second = 1; second <= 40; second++) {
      const word = { hits: 5_000 + 100 * second, heardAt: BEGIN + 1000 * second };
      model = merged(model, later(second, second % 8 === 0 ? word : null));
      assert.equal(rate(model), second < 8 ? null : 100, `after ${second} s`);
    }
  });

  it("falls to nothing with words that bring no hits, and is not known of a node that is unreachable", () => {
    let model = merged(merged(null, first), later(1, { hits: 5_100, heardAt: BEGIN + 1000 }));
    for (let second = 2; second <= 20; second++)
      model = merged(model, later(second, { heardAt: BEGIN + 1000 * second }));
    assert.equal(rate(model), 0);
    model = merged(model, later(21, { hits: 5_200, heardAt: BEGIN + 21_000 }));
    assert.equal(rate(model), 50);
    assert.equal(rate(merged(model, later(22, { state: "unreachable" }))), null);
  });
});
