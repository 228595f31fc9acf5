import assert from "node:assert/strict";
import type { EventMessage } from "../../../../internal/adapters/http/events/messages.ts";
import { clusterSentence, storeMessage } from "../../../../internal/adapters/http/page/browser/cluster_sentence.js";
import { figures } from "../../../../internal/adapters/http/page/browser/figures.js";
import { merged, type PageModel } from "../../../../internal/adapters/http/page/browser/model.js";
import { summarize } from "../../../../internal/adapters/http/page/browser/region_summary.js";
import { AS_SENT, nodeTable } from "../../../../internal/adapters/http/page/browser/table.js";
import type { NodeRow } from "../../../../internal/core/cluster/cluster_view.ts";
import { MemoryCounting } from "../memory_counting.ts";
import { fullMessage } from "./full_message.ts";
import { nodeRow } from "./nodes.ts";

describe("the words of the page", () => {
  let counting: MemoryCounting;
  beforeEach(() => {
    counting = new MemoryCounting();
  });

  function message(others: readonly NodeRow[] = []): EventMessage {
    counting.others = [...others];
    return fullMessage(counting);
  }
  const model = (others?: readonly NodeRow[]) => merged(null, message(others));
  const sentence = (shown: PageModel) => clusterSentence(shown, 0).text.replaceAll("\u00a0", " ");
  const figureTexts = (shown: PageModel) => texts(String(figures(shown, summarize(shown.nodes))), "<div");
  const rows = (shown: PageModel) =>
    texts(String(nodeTable(shown, summarize(shown.nodes), AS_SENT)), "<tr").map((row) => row.split("|"));

  it("do not say that all is well while a node is unreachable, but how many are", () => {
    const lost = (name: string) => nodeRow(name, "us-east-1", { state: "unreachable" });
    assert.equal(sentence(model()), "All is well. Committed just now, nothing pending.");
    assert.equal(
      sentence(model([nodeRow("a", "fra"), lost("b")])),
      "1 of 3 nodes is unreachable. Committed just now, nothing pending.",
    );
    const two = clusterSentence(model([lost("a"), lost("b")]), 0);
    assert.match(two.text, /^2 of 3\snodes are unreachable\./);
    assert.deepEqual([two.tone, two.key], ["wait", "unreachable"]);
    counting.view = { store: "away" };
    assert.match(sentence(model([lost("a")])), /^The store has been unavailable/);
  });

  it("tell of nodes that refuse hits because their data directory is missing", () => {
    const refusing = (name: string) => nodeRow(name, "us-east-1", { state: "refusing" });
    assert.equal(
      sentence(model([nodeRow("a", "fra"), refusing("b")])),
      "1 of 3 nodes refuses hits: its data directory is missing. Committed just now, nothing pending.",
    );
    assert.equal(
      sentence(model([refusing("a"), refusing("b")])),
      "2 of 3 nodes refuse hits: their data directories are missing. Committed just now, nothing pending.",
    );
    counting.directoryMissing = true;
    const own = clusterSentence(model(), 0);
    assert.match(own.text, /^This node refuses hits: its data directory was deleted or moved.* Now nothing pending\.$/);
    assert.deepEqual([own.tone, own.key], ["bad", "refusing"]);
  });

  it("tell a node's former process from one that is unreachable", () => {
    const former = nodeRow("beta", "us-east-1", { id: "life-1", state: "unreachable", heardAt: null });
    const shown = model([former, nodeRow("beta", "us-east-1", { id: "life-2" })]);
    assert.match(sentence(shown), /^All is well/);
    const states = rows(shown).map(([name, , , state]) => [name, state]);
    assert.ok(states.some(([name, state]) => name === "beta" && state === "Ended"));
    assert.deepEqual(figureTexts(shown).at(-1), "Nodes|2|in 2 regions");
    const gone = merged(shown, { ...message(), full: false, nodes: [], left: ["life-2"] });
    assert.match(sentence(gone), /^1 of 2 nodes is unreachable/);
  });

  it("never forget that a node was heard, and do not say never of one that this leader did not hear", () => {
    const heard = model([nodeRow("beta", "us-east-1", { heardAt: Date.now() - 60_000 })]);
    const change = { id: "beta", state: "unreachable", heardAt: null } as const;
    const later = merged(heard, { ...message(), full: false, nodes: [change], left: [] });
    assert.match(
      rows(later)
        .find(([name]) => name === "beta")
        ?.at(-1) ?? "",
      /^6\d s ago$/,
    );
    const unheard = model([nodeRow("beta", "us-east-1", { heardAt: null })]);
    assert.equal(
      rows(unheard)
        .find(([name]) => name === "beta")
        ?.at(-1),
      "unknown",
    );
  });

  const MINUTE = 60_000;
  const reportedAgo = (ms: number, changes: Partial<NodeRow> = {}, region = "us-east-1") =>
    nodeRow("beta", region, { pending: 40, heardAt: Date.now() - ms, ...changes });
  const pendingOf = (shown: PageModel, name: string) =>
    rows(shown)
      .find(([first]) => first === name)
      ?.at(-3);

  for (const store of ["lost", "corrupt", "founding", "away"] as const) {
    it(`say since when another node's pending hits are unknown, while the store is ${store} and nobody collects`, () => {
      counting.view = { store };
      const shown = model([reportedAgo(3 * MINUTE)]);
      assert.equal(pendingOf(shown, "beta"), "unknown for 3 min");
      assert.equal(rows(shown).at(-1)?.at(-1), "3 min ago");
      assert.equal(pendingOf(shown, "alpha"), "0");
      assert.match(sentence(shown), /Counting continues, at least 40 pending\.$/);
    });
  }

  it("say that what is pending is unknown, or at least so much, while a node is unreachable", () => {
    const lost = (pending: number) => reportedAgo(MINUTE, { state: "unreachable", pending });
    assert.equal(sentence(model([lost(0)])), "1 of 2 nodes is unreachable. Committed just now, pending hits unknown.");
    assert.equal(sentence(model([lost(7)])), "1 of 2 nodes is unreachable. Committed just now, at least 7 pending.");
  });

  it("go on saying a number for as long as a healthy leader may take to send it", () => {
    counting.view = { store: "away" };
    const shown = model([reportedAgo(5_000)]);
    assert.equal(pendingOf(shown, "beta"), "40");
    assert.match(sentence(shown), /Counting continues, 40 pending\.$/);
    counting.view = {};
    assert.equal(pendingOf(model([reportedAgo(3 * MINUTE)]), "beta"), "40", "its row waits for its turn");
  });

  it("call a number unknown as the page gets older, and one that nobody ever reported", () => {
    counting.view = { store: "lost" };
    const shown = model([reportedAgo(1_000)]);
    assert.equal(pendingOf({ ...shown, elapsed: 4 }, "beta"), "40");
    assert.equal(pendingOf({ ...shown, elapsed: 6 }, "beta"), "unknown for 7 s");
    assert.equal(pendingOf(model([reportedAgo(0, { heardAt: null })]), "beta"), "unknown");
  });

  it("do not show a rate that is as old as that", () => {
    counting.view = { store: "lost" };
    const first = merged(null, message([reportedAgo(2_000, { hits: 100 })]));
    const rate = (shown: PageModel) => shown.nodes.find(({ name }) => name === "beta")?.rate;
    const now = Date.now();
    const change = { id: "beta", hits: 300, heardAt: now };
    const second = merged(first, { ...message(), full: false, nodes: [change], left: [] });
    assert.ok((rate(second) ?? 0) > 50);
    const later = { ...message().cluster, now: now + 3 * MINUTE };
    assert.equal(rate(merged(second, { ...message(), cluster: later, full: false, nodes: [], left: [] })), null);
  });

  it("say of a region that some of its pending hits are unknown, or since when all of them are", () => {
    counting.view = { store: "lost" };
    const many = Array.from({ length: 31 }, (_, index) =>
      nodeRow(`n-${index}`, index === 0 ? "us-east-1" : "fra", { pending: 2, heardAt: Date.now() - 3 * MINUTE }),
    );
    const shown = model([...many, nodeRow("fresh", "fra", { pending: 1 })]);
    assert.equal(pendingOf(shown, "us-east-1"), "unknown for 3 min");
    assert.equal(pendingOf(shown, "fra"), "at least 61");
  });

  it("say of each number what it counts", () => {
    const titles = ["Node", "Region", "State", "Counted since start", "Pending", "Active users", "Last report"];
    assert.deepEqual(rows(model())[0], titles);
  });

  it("have of what the store says neither ids nor what the state says already", () => {
    const said =
      'the store has no ledger (wiped?), but n1 has seen version 7 of ledger 0123456789abcdef. Counting goes on. Run "adopt"';
    assert.equal(
      storeMessage(said),
      'The store has no ledger (wiped?), but n1 has seen version 7 of the ledger. Run "adopt".',
    );
    assert.equal(storeMessage(""), "");
  });

  it("have a plural for all numbers but one", () => {
    counting.active = 1;
    assert.deepEqual(figureTexts(model()).slice(-2), ["Active user|1|open page", "Node|1|in 1 region"]);
    counting.active = 2;
    assert.deepEqual(figureTexts(model([nodeRow("a", "fra"), nodeRow("b", "fra")])).slice(-2), [
      "Active users|2|open pages",
      "Nodes|3|in 2 regions",
    ]);
    counting.active = 0;
    assert.equal(figureTexts(model()).at(-2), "Active users|0|open pages");
  });
});

/** The texts in each part that `begins` so, with a bar between two of them. */
function texts(html: string, begins: string): string[] {
  const parts = html.replaceAll("\u00a0", " ").split(begins).slice(1);
  return parts.map((part) =>
    part
      .replace(/^[^>]*>/, "")
      .split(/<[^>]+>/)
      .map((text) => text.trim())
      .filter(Boolean)
      .join("|"),
  );
}
