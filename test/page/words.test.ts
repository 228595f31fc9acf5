import assert from "node:assert/strict";
import type { EventMessage } from "../../internal/adapters/http/event_messages.ts";
import { clusterState, storeWords } from "../../internal/adapters/http/page/cluster_state.js";
import { figures } from "../../internal/adapters/http/page/figures.js";
import { merged, type PageModel } from "../../internal/adapters/http/page/model.js";
import { summarize } from "../../internal/adapters/http/page/region_summary.js";
import { AS_SENT, nodeTable } from "../../internal/adapters/http/page/table.js";
import type { NodeRow } from "../../internal/core/cluster/cluster_view.ts";
import { MemoryCounting } from "../http/memory_counting.ts";
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
  const sentence = (shown: PageModel) => clusterState(shown, 0).text.replaceAll("\u00a0", " ");
  const figureTexts = (shown: PageModel) => texts(String(figures(shown, summarize(shown.nodes))), "<div");
  const rows = (shown: PageModel) =>
    texts(String(nodeTable(shown, summarize(shown.nodes), AS_SENT)), "<tr").map((row) => row.split("|"));

  it("do not say that all is well while a node is out of reach, but how many are", () => {
    const lost = (name: string) => nodeRow(name, "us-east-1", { state: "unreachable" });
    assert.equal(sentence(model()), "All is well. Committed just now, nothing pending.");
    assert.equal(
      sentence(model([nodeRow("a", "fra"), lost("b")])),
      "1 of 3 nodes is out of reach. Committed just now, nothing pending.",
    );
    const two = clusterState(model([lost("a"), lost("b")]), 0);
    assert.match(two.text, /^2 of 3\snodes are out of reach\./);
    assert.deepEqual([two.tone, two.key], ["wait", "out of reach"]);
    counting.view = { store: "away" };
    assert.match(sentence(model([lost("a")])), /^The store has been away/);
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
    const own = clusterState(model(), 0);
    assert.match(own.text, /^This node's data directory was deleted or moved: it refuses hits until/);
    assert.deepEqual([own.tone, own.key], ["bad", "refusing"]);
  });

  it("tell a node's former process from one that is out of reach", () => {
    const former = nodeRow("beta", "us-east-1", { id: "life-1", state: "unreachable", heardAt: null });
    const shown = model([former, nodeRow("beta", "us-east-1", { id: "life-2" })]);
    assert.match(sentence(shown), /^All is well/);
    const states = rows(shown).map(([name, , , state]) => [name, state]);
    assert.ok(states.some(([name, state]) => name === "beta" && state === "Ended"));
    assert.deepEqual(figureTexts(shown).at(-1), "Nodes|2|in 2 regions");
    const gone = merged(shown, { ...message(), full: false, nodes: [], left: ["life-2"] });
    assert.match(sentence(gone), /^1 of 2 nodes is out of reach/);
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
      "not known",
    );
  });

  it("say of each number what it counts", () => {
    const titles = ["Node", "Region", "State", "Counted since start", "Pending", "Active users", "Last word"];
    assert.deepEqual(rows(model())[0], titles);
  });

  it("have of what the store says neither ids nor what the state says already", () => {
    const said =
      'the store has no ledger (wiped?), but n1 has seen version 7 of ledger 0123456789abcdef. Counting goes on. Run "adopt"';
    assert.equal(
      storeWords(said),
      'The store has no ledger (wiped?), but n1 has seen version 7 of the ledger. Run "adopt".',
    );
    assert.equal(storeWords(""), "");
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
