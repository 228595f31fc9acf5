import assert from "node:assert/strict";
import type { AdjustingTerms, AdjustmentVerdict } from "../../../internal/core/ledger/adjusting_round.ts";
import type { AdjustmentChange, ImportCounters } from "../../../internal/core/ledger/adjustment.ts";
import { auditName, auditRecordIn, decodeAuditEntry } from "../../../internal/core/ledger/audit_entries.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import { conversionOf } from "../../../internal/core/ledger/transaction.ts";
import { MAX_LINK_BYTES } from "../../../internal/core/links/links.ts";
import type { Batch } from "../../../internal/core/log/batch.ts";
import { entriesAfter } from "../../ports/store/entries.ts";
import { keyAt } from "../keys/keys.ts";
import { batch, LEDGER_ID, ledgerWith, source } from "../samples.ts";

const NOW_MS = 1_000_000_000;
const TERMS = { window: 900_000, budget: 1_000_000, wall: NOW_MS, node: "a" };
const LIMITS = { entries: 5, bytes: 100_000 };

/** A ledger of format 2 with one counter, and the rounds of its leader. */
class Story {
  entries: ReadonlyMap<string, Uint8Array>;
  readonly rounds: Rounds;
  room = 100;
  known = true;
  wall = NOW_MS;
  /** Bytes that days may take. */
  readonly days = 2_000_000;

  constructor(visits = 10n) {
    const totals = new Map([["visits", new Map([["eu", visits]])]]);
    const first = conversionOf(ledgerWith({ totals, prunedSum: visits }), "0".repeat(16));
    this.entries = entriesAfter(new Map(), first);
    first.commit();
    const retention = { silence: 3_600_000, afterEnd: 3_600_000, ended: 10 };
    this.rounds = new Rounds(
      { epoch: 1, writer: "w1" },
      first.next,
      1,
      { bytes: 1 << 20, days: this.days },
      retention,
      0,
    );
  }

  /** Does these in one round, after the batches. Keys that are there are found, as a leader finds them. */
  round(changes: readonly (readonly [key: number, change: AdjustmentChange])[], batches: Batch[] = []) {
    const { rounds } = this;
    rounds.begin();
    const offered = { epoch: 1, round: rounds.round, batches, sources: batches.map((one) => one.source) };
    rounds.accept("a", offered, 0);
    const adjustments = changes.map(([n, change]) => ({
      key: keyAt(NOW_MS, n),
      who: "ann",
      reason: "because",
      change,
    }));
    const known = adjustments.flatMap(({ key }) => {
      const entry = this.known ? this.entries.get(auditName(key)) : undefined;
      return entry ? [[key, decodeAuditEntry(auditName(key), entry)] as const] : [];
    });
    const oldest = [...this.entries].filter(([name]) => name.startsWith("audit/")).sort();
    const terms: AdjustingTerms = {
      offers: adjustments.map((adjustment, number) => ({ number, adjustment })),
      known: new Map(known),
      oldest: oldest.map(([name, bytes]) => auditRecordIn(name, bytes)),
      limits: LIMITS,
      wall: this.wall,
      room: this.room,
      reserved: new Set(["reserved"]),
    };
    const plan = rounds.plan(0, { keyed: TERMS, adjusting: terms });
    const verdicts = rounds.adjusted;
    if (plan) {
      this.entries = entriesAfter(this.entries, plan);
      rounds.settle(plan, rounds.headRevision + 1, 0);
    }
    return [...verdicts.values()];
  }

  total(counter: string): bigint | null {
    const total = decodeLedger(this.entries)?.totals.get(counter);
    return total ? [...total.regions.values()].reduce((sum, one) => sum + one, 0n) : null;
  }
}

const set = (counter: string, value: bigint, more: { ifMatch?: number; region?: string } = {}): AdjustmentChange => {
  return { action: "set", counter, value, region: more.region ?? null, ifMatch: more.ifMatch ?? null };
};
const remove = (counter: string): AdjustmentChange => ({ action: "delete", counter, ifMatch: null });
const link = (counter: string, url: string): AdjustmentChange => ({ action: "link", counter, url });
const unlink = (counter: string): AdjustmentChange => ({ action: "unlink", counter });
const bring = (mode: ImportCounters["mode"], ...lines: [string, bigint][]): AdjustmentChange => {
  return {
    action: "import",
    mode,
    line: 1,
    lines: lines.map(([counter, value]) => ({ counter, value, region: null })),
  };
};
const kinds = (verdicts: readonly AdjustmentVerdict[]) =>
  verdicts.map((verdict) => (verdict.kind === "done" ? (verdict.duplicate ? "duplicate" : "done") : verdict.kind));
const entryOf = (verdict: AdjustmentVerdict | undefined) => {
  assert.ok(verdict?.kind === "done", JSON.stringify(verdict?.kind));
  return verdict.entry;
};

/** What one round does with adjustments, and what lies in the store afterwards. */
describe("a round with adjustments", () => {
  it("does them after the hits of the round", () => {
    const story = new Story();
    const [verdict] = story.round([[1, set("visits", 3n)]], [batch(source(5), 0, 4)]);
    const { before, after, generation } = entryOf(verdict);
    assert.deepEqual([before, after], [14n, 3n]);
    assert.equal(story.total("visits"), 3n);
    const ledger = decodeLedger(story.entries);
    assert.equal(ledger?.totals.get("visits")?.generation, generation);
    assert.equal(ledger?.adjustedSum, -11n);
    assert.deepEqual([...(ledger?.totals.get("visits")?.regions.keys() ?? [])], ["other"]);
    story.round([], [batch(source(5), 4, 6)]);
    assert.equal(story.total("visits"), 5n);
  });

  it("does each once, whoever asks again", () => {
    const story = new Story();
    const [first] = story.round([[1, set("visits", 3n)]]);
    story.round([[2, set("visits", 8n)]]);
    const [again] = story.round([[1, set("visits", 3n)]]);
    assert.deepEqual(kinds([first, again] as AdjustmentVerdict[]), ["done", "duplicate"]);
    assert.deepEqual(entryOf(again), entryOf(first));
    assert.equal(story.total("visits"), 8n);
    assert.deepEqual(kinds(story.round([[1, set("visits", 4n)]])), ["reused"]);
  });

  it("does one once that two nodes bring in the same round", () => {
    const story = new Story(0n);
    const both = story.round([
      [1, bring("add", ["a", 5n])],
      [1, bring("add", ["a", 5n])],
    ]);
    assert.deepEqual(kinds(both), ["done", "duplicate"]);
    assert.equal(story.total("a"), 5n);
  });

  it("sets a counter at most once, so that each change has a generation of its own", () => {
    const story = new Story();
    const verdicts = story.round([
      [1, set("visits", 3n)],
      [2, set("visits", 4n)],
      [3, remove("visits")],
      [4, set("votes", 1n)],
    ]);
    assert.deepEqual(kinds(verdicts), ["done", "done"]);
    assert.deepEqual([story.total("visits"), story.total("votes")], [3n, 1n]);
  });

  it("does nothing if the generation is over", () => {
    const story = new Story();
    const { generation } = entryOf(story.round([[1, set("visits", 3n)]])[0]);
    entryOf(story.round([[2, set("visits", 4n, { ifMatch: generation })]])[0]);
    const [late] = story.round([[3, set("visits", 5n, { ifMatch: generation })]]);
    assert.deepEqual(late, { kind: "generation", generation: generation + 1 });
    assert.equal(story.total("visits"), 4n);
    assert.equal(decodeLedger(story.entries)?.audit.entries, 2);
  });

  it("deletes a counter, whose next hit begins a later generation (H75)", () => {
    const story = new Story();
    story.round([[1, set("visits", 3n)]]);
    const { generation } = entryOf(story.round([[2, remove("visits")]])[0]);
    assert.equal(story.total("visits"), null);
    story.round([], [batch(source(5), 0, 4)]);
    assert.equal(story.total("visits"), 4n);
    assert.ok((decodeLedger(story.entries)?.totals.get("visits")?.generation ?? 0) > generation);
  });

  it("deletes no more counters with hits once deletions alone take all memory that days may, until days are dropped", () => {
    const story = new Story();
    const { days } = story.rounds.ledger;
    const today = Math.floor(NOW_MS / 86_400_000);
    story.round([], [{ ...batch(source(5), 0, 4), hour: 24 * today }]);
    for (let n = 0; days.cutBytes < story.days; n++) days.cut(`c-${n}`, { version: 1, day: today });
    assert.deepEqual(
      kinds(
        story.round([
          [1, remove("visits")],
          [2, remove("never-hit")],
          [3, set("visits", 1n)],
        ]),
      ),
      ["too-many-deleted", "done", "done"],
    );
    days.dropBefore(24 * (today + 1));
    assert.deepEqual(kinds(story.round([[1, remove("visits")]])), ["done"]);
  });

  it("imports all lines or none", () => {
    const story = new Story(1n);
    const most = 2n ** 63n - 1n;
    assert.deepEqual(story.round([[1, bring("add", ["a", 1n], ["b", most])]])[0], {
      kind: "too-large",
      counter: "b",
      line: 2,
    });
    assert.equal(story.total("a"), null);
    story.room = 2;
    assert.deepEqual(kinds(story.round([[2, bring("add", ["a", 1n], ["b", 1n], ["c", 1n])]])), ["too-many-counters"]);
    const { imported } = entryOf(story.round([[3, bring("absent", ["a", 1n], ["visits", 7n], ["a", 9n])]])[0]);
    assert.deepEqual(imported, { line: 1, lines: 3, counters: 1, skipped: 2 });
    assert.deepEqual([story.total("a"), story.total("visits")], [1n, 1n]);
  });

  it("has a place for reserved counters when there is no other", () => {
    const story = new Story();
    story.room = 0;
    const verdicts = story.round([
      [1, set("reserved", 1n)],
      [2, set("votes", 1n)],
      [3, set("visits", 1n)],
    ]);
    assert.deepEqual(kinds(verdicts), ["done", "too-many-counters", "done"]);
  });

  it("keeps the newest entries, and never does again what it forgot", () => {
    const story = new Story();
    for (let n = 1; n <= 8; n++) story.round([[n, bring("add", ["a", 1n])]]);
    const ledger = decodeLedger(story.entries);
    assert.equal(story.entries.has(auditName(keyAt(NOW_MS, 1))), false);
    const kept = [...story.entries.keys()].filter((name) => name.startsWith("audit/"));
    assert.equal(kept.length, ledger?.audit.entries);
    assert.ok(kept.length >= LIMITS.entries && kept.length <= LIMITS.entries + 1, `${kept.length} are kept`);
    const bytes = kept.reduce((sum, name) => sum + name.length + (story.entries.get(name)?.length ?? 0), 0);
    assert.equal(ledger?.audit.bytes, bytes);
    assert.equal(ledger?.audit.since, NOW_MS + 1);
    const [again] = story.round([[1, bring("add", ["a", 1n])]]);
    assert.equal(again?.kind, "expired");
    assert.equal(story.total("a"), 8n);
  });

  it("takes no key from the future", () => {
    const story = new Story();
    story.wall = NOW_MS - 61_000;
    assert.deepEqual(kinds(story.round([[1, set("visits", 1n)]])), ["ahead"]);
    assert.equal(story.total("visits"), 10n);
  });

  it("fits a transaction with the largest part of an import", () => {
    const story = new Story();
    const lines = Array.from({ length: 2_000 }, (_, n): [string, bigint] => [`${n}`.padStart(128, "x"), 2n ** 40n]);
    story.room = 10_000;
    assert.deepEqual(kinds(story.round([[1, bring("add", ...lines)]])), ["done"]);
    assert.equal(decodeLedger(story.entries)?.id, LEDGER_ID);
    assert.equal(decodeLedger(story.entries)?.totals.size, 2_001);
  });

  it("sets links, changes and removes them, and keeps the totals of their counters", () => {
    const story = new Story();
    const [set, made] = story.round([
      [1, link("visits", "https://a.example/")],
      [2, link("news", "https://b.example/")],
    ]);
    assert.deepEqual(linksIn(story), { visits: "https://a.example/", news: "https://b.example/" });
    assert.deepEqual([story.total("visits"), story.total("news")], [10n, 0n]);
    assert.deepEqual(entryOf(set).linked, { from: null, to: "https://a.example/" });
    assert.deepEqual([entryOf(made).before, entryOf(made).after], [0n, 0n]);
    const [moved, gone] = story.round([
      [3, link("visits", "https://c.example/")],
      [4, unlink("news")],
    ]);
    assert.deepEqual(linksIn(story), { visits: "https://c.example/" });
    assert.deepEqual(entryOf(moved).linked, { from: "https://a.example/", to: "https://c.example/" });
    assert.deepEqual(entryOf(gone).linked, { from: "https://b.example/", to: null });
    assert.deepEqual([story.total("visits"), story.total("news")], [10n, 0n]);
    const ledger = decodeLedger(story.entries);
    assert.equal(ledger?.linksVersion, ledger?.version);
    assert.equal(story.entries.has("links/news"), false);
  });

  it("has no link that is missing: such a ledger is not read, unless its program did not count them", () => {
    const story = new Story();
    story.round([
      [1, link("visits", "https://a.example/")],
      [2, link("news", "https://b.example/")],
    ]);
    const entries = new Map([...story.entries].filter(([name]) => name !== "links/news"));
    assert.throws(() => decodeLedger(entries), /"head" cannot be read: there are 1 links, and not 2$/);
    const head = Buffer.from(entries.get("head")!).toString("latin1").replace(',"links":2', "");
    entries.set("head", Buffer.from(head, "latin1"));
    assert.equal(decodeLedger(entries)?.links.size, 1);
    story.round([
      [3, unlink("visits")],
      [4, unlink("news")],
    ]);
    assert.equal(decodeLedger(story.entries)?.links.size, 0);
  });

  it("sets a link once for a key, and says what was done then", () => {
    const story = new Story();
    const [first] = story.round([[1, link("visits", "https://a.example/")]]);
    story.round([[2, link("visits", "https://b.example/")]]);
    const [again] = story.round([[1, link("visits", "https://a.example/")]]);
    assert.deepEqual(kinds([first, again] as AdjustmentVerdict[]), ["done", "duplicate"]);
    assert.deepEqual(entryOf(again), entryOf(first));
    assert.deepEqual(linksIn(story), { visits: "https://b.example/" });
    assert.deepEqual(kinds(story.round([[1, link("visits", "https://c.example/")]])), ["reused"]);
  });

  it("says in which version links changed last, and keeps them through all others", () => {
    const story = new Story();
    story.round([[1, link("visits", "https://a.example/")]]);
    const { linksVersion = 0 } = decodeLedger(story.entries) ?? {};
    story.round([[2, set("visits", 3n)]], [batch(source(5), 0, 4)]);
    story.round([[3, remove("visits")]]);
    assert.equal(decodeLedger(story.entries)?.linksVersion, linksVersion);
    assert.deepEqual(linksIn(story), { visits: "https://a.example/" });
    assert.equal(story.total("visits"), null);
  });

  it("has a bound for links, which those that are there may change within", () => {
    const story = new Story();
    story.room = 10_000;
    const address = (length: number) => `https://a/${"b".repeat(length - 10)}`;
    const most = Math.floor(MAX_LINK_BYTES / 2_000);
    const large = Array.from({ length: most }, (_, n) => [n, link(`n${n}`, address(1_996))] as const);
    for (let at = 0; at < most - 1; at += 16)
      assert.ok(kinds(story.round(large.slice(at, Math.min(at + 16, most - 1)))).every((kind) => kind === "done"));
    assert.deepEqual(kinds(story.round([[500, link("more", address(2_000))]])), ["done"]);
    assert.deepEqual(kinds(story.round([[501, link("visits", address(2_000))]])), ["too-many-links"]);
    assert.deepEqual(kinds(story.round([[502, link("n1", address(1_996))]])), ["done"]);
    assert.deepEqual(kinds(story.round([[503, unlink("n2")]])), ["done"]);
    assert.deepEqual(kinds(story.round([[504, link("visits", address(1_990))]])), ["done"]);
  });

  it("makes a link's counter only where there is room for one", () => {
    const story = new Story();
    story.room = 0;
    const verdicts = story.round([
      [1, link("news", "https://a.example/")],
      [2, link("visits", "https://a.example/")],
      [3, link("reserved", "https://a.example/")],
    ]);
    assert.deepEqual(kinds(verdicts), ["too-many-counters", "done", "done"]);
    assert.deepEqual(Object.keys(linksIn(story)).sort(), ["reserved", "visits"]);
  });

  it("does not make a counter again in the version that deletes it", () => {
    const story = new Story();
    const verdicts = story.round([
      [1, remove("visits")],
      [2, link("visits", "https://a.example/")],
      [3, link("news", "https://a.example/")],
      [4, set("news", 7n)],
    ]);
    assert.deepEqual(kinds(verdicts), ["done", "done"]);
    assert.deepEqual([story.total("visits"), story.total("news")], [null, 0n]);
  });
});

function linksIn(story: Story): Record<string, string> {
  return Object.fromEntries(decodeLedger(story.entries)?.links ?? []);
}
