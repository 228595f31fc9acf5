import assert from "node:assert/strict";
import fc from "fast-check";
import { FREE_LOG_BYTES } from "../../../internal/core/ledger/folding.ts";
import { audit, type Ledger } from "../../../internal/core/ledger/ledger.ts";
import { LedgerDraft } from "../../../internal/core/ledger/ledger_draft.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { decodePageList, encodePageList } from "../../../internal/core/ledger/page_list.ts";
import { encodePage, pageName, pageNumber } from "../../../internal/core/ledger/pages_encoding.ts";
import { roundName } from "../../../internal/core/ledger/round_encoding.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import { Totals } from "../../../internal/core/ledger/totals.ts";
import { conversionOf, type Transaction, transactionOf } from "../../../internal/core/ledger/transaction.ts";
import type { Batch } from "../../../internal/core/log/batch.ts";
import { checkWrites, isIn } from "../../../internal/ports/store_writes.ts";
import { needs } from "../../needs.ts";
import { entriesAfter } from "../../ports/store/entries.ts";
import { batch, ledgerWith, plainLedger, source } from "../samples.ts";

const HOUR = 3_600_000;
const RETENTION = { silence: HOUR, afterEnd: 0, ended: 3 };
const A = source(1);

/** A store, and leaders that write it, one after the other. */
class Store {
  readonly entries: Map<string, Uint8Array>;
  #rounds: Rounds;
  readonly #limits: { bytes: number; log: number };
  readonly #offsets = new Map<string, number>();
  headRevision = 1;

  constructor(log = 0, ledger = ledgerWith()) {
    this.#limits = { bytes: 1 << 20, log };
    this.entries = entriesAfter(new Map(), conversionOf(ledger, "0123456789abcdef"));
    this.#rounds = this.#leader();
  }

  get ledger(): Ledger {
    return this.#rounds.ledger;
  }

  /** Another leader reads the store, and goes on. */
  lead(): void {
    this.#rounds = this.#leader();
  }

  #leader(): Rounds {
    const ledger = decodeLedger(this.entries);
    assert.ok(ledger);
    audit(ledger);
    return new Rounds({ epoch: 1, writer: "w1" }, ledger, this.headRevision, this.#limits, RETENTION, 0);
  }

  /** One round that counts hits of `counts` in the log `of`. Returns the bytes that it wrote. */
  count(counts: ReadonlyMap<string, number>, of = A, last = false): number {
    const from = this.#offsets.get(of) ?? 0;
    const to = from + [...counts.values()].reduce((sum, by) => sum + by, 0);
    this.#offsets.set(of, to);
    const batches: Batch[] = [batch(of, from, to, { counts: new Map(counts) })];
    if (last) batches.push(batch(of, to, to, { last: true, counts: new Map() }));
    this.#rounds.accept("node", { epoch: 1, round: this.#rounds.begin(), batches, sources: [of] }, 0);
    const plan = this.#rounds.plan(0);
    if (!plan) return 0;
    checkWrites(plan);
    assert.ok(plan.bytes <= 1_250_000, `a transaction of ${plan.bytes} bytes`);
    this.#write(plan);
    this.#rounds.settle(plan, ++this.headRevision, 0);
    return plan.bytes;
  }

  #write({ puts, ranges }: Transaction): void {
    for (const name of this.entries.keys()) if (ranges.some((range) => isIn(name, range))) this.entries.delete(name);
    for (const [name, value] of puts) if (value) this.entries.set(name, value);
  }

  /** Numbers of the pages that are there. */
  pages(): number[] {
    return [...this.entries.keys()]
      .filter((name) => /^pages\/\d/.test(name))
      .map(pageNumber)
      .sort((a, b) => a - b);
  }

  bytes(kind: string): number {
    let bytes = 0;
    for (const [name, value] of this.entries) if (name.startsWith(kind)) bytes += value.length;
    return bytes;
  }
}

const name = fc.constantFrom(..."abcdefgh");
const step = fc.oneof(
  { weight: 6, arbitrary: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constant("lead" as const) },
  { weight: 1, arbitrary: fc.constant("end" as const) },
);

/** Rounds are folded into pages, byte for byte, and what is read is what was written, however far that went. */
describe("a ledger of format 2", () => {
  it("is read as its leader has it, after any rounds, folding and leaders (H62, H63, H64)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom(0, 150, 600), (steps, log) => {
        const store = new Store(log);
        let sources = 1;
        for (const one of steps) {
          if (one === "lead") store.lead();
          else if (one === "end") store.count(new Map([["z", 1]]), source(++sources), true);
          else store.count(new Map(one.map((counter, i) => [counter, i + 1])));
          const read = decodeLedger(store.entries);
          assert.ok(read);
          audit(read);
          assert.deepEqual(contentOf(read), contentOf(store.ledger));
          assert.deepEqual([...read.ended], [...store.ledger.ended]);
          assert.deepEqual(
            [read.layout?.rounds.bytes, new Map(read.layout?.rounds.unfolded)],
            [store.ledger.layout?.rounds.bytes, new Map(store.ledger.layout?.rounds.unfolded)],
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("keeps at most 1 MB of rounds, and as much as its pages have, whatever the traffic (H61)", function () {
    needs(this, "more time");
    const store = new Store(FREE_LOG_BYTES);
    let random = 7;
    const next = (below: number) => {
      random = (random * 48_271) % 2_147_483_647;
      return random % below;
    };
    let [longest, hits] = [0, 0];
    for (let round = 0; round < 500; round++) {
      // Bursts and quiet hours, a few counters that everybody reads, and new leaders.
      const changes = round % 50 < 25 ? 1_000 : next(5) + 1;
      const counts = new Map(
        Array.from({ length: changes }, () => [`page-${Math.min(next(20_000), next(20_000))}`.padEnd(24, "x"), 1]),
      );
      hits += counts.size;
      store.count(counts);
      if (round % 150 === 149) store.lead();
      longest = Math.max(longest, store.bytes("rounds/"));
      const { totals } = store.ledger;
      const allPages = totals.bytes + 80 * [...totals.pages()].length;
      const bound = FREE_LOG_BYTES + allPages + 40_000;
      assert.ok(store.bytes("rounds/") <= bound, `round ${round}: ${store.bytes("rounds/")} bytes of rounds`);
    }
    assert.equal(store.ledger.totals.sum, BigInt(hits));
    assert.ok(longest > FREE_LOG_BYTES, "nothing was folded");
    assert.ok((store.ledger.layout?.tail ?? 0) > 1, "no round was dropped");
  });

  it("owes nothing while its rounds are small", () => {
    const store = new Store(FREE_LOG_BYTES);
    for (let i = 0; i < 50; i++) store.count(new Map([["visits", 1]]));
    assert.equal(store.bytes("pages/"), 0);
    assert.deepEqual([store.ledger.layout?.rounds.size, store.ledger.layout?.owed], [50, 0]);
  });

  it("passes pages that no round changed, and goes on where an earlier leader was (H62)", () => {
    const store = new Store(0);
    for (const counter of "abcdefgh") store.count(new Map([[counter, 1]]));
    const turns = new Set<number>();
    for (let i = 0; i < 60; i++) {
      store.count(new Map([["abcdefgh"[i % 8] as string, 1]]));
      turns.add(store.ledger.layout?.turn ?? 0);
      store.lead();
    }
    assert.ok(turns.size >= 6, `the turn was at ${[...turns]}`);
    assert.ok((store.ledger.layout?.tail ?? 0) > 40, `the oldest round is ${store.ledger.layout?.tail}`);
  });

  it("does not fold a page with a total that changed by itself in memory", () => {
    class RottenTotals extends Totals {
      override addUp(section: number): bigint {
        return super.addUp(section) + (section === this.sectionOf("quiet") ? 1n : 0n);
      }
    }
    const store = new Store(FREE_LOG_BYTES);
    store.count(new Map([["quiet", 1]]));
    const ledger = { ...store.ledger, totals: new RottenTotals(store.ledger.totals, store.ledger.totals.seed) };
    const draft = new LedgerDraft(ledger);
    draft.fold(batch(A, 1, 60, { counts: new Map([["busy", 59]]) }));
    const next = draft.finish(1, "w1");
    const owing = { ...ledger, layout: ledger.layout && { ...ledger.layout, owed: 10_000 } };
    assert.throws(
      () => transactionOf(owing, draft, next, 0),
      /the totals of page \d+, section \d+, sum to 2, and it was 1/,
    );
  });

  it("leaves what other entries of the round need of the operations that a store takes", () => {
    const store = new Store();
    const counts = new Map(Array.from({ length: 2_000 }, (_, i) => [`counter-${i}`, 1] as const));
    for (let round = 0; round < 3; round++) store.count(counts);
    const ledger = { ...store.ledger, layout: store.ledger.layout && { ...store.ledger.layout, owed: 1_000_000 } };
    const draft = new LedgerDraft(ledger);
    draft.fold(batch(A, 6_000, 6_001, { counts: new Map([["counter-1", 1]]) }));
    for (let key = 0; key < 40; key++) draft.audited.set(`audit/${key}`, new Uint8Array(10));
    const plan = transactionOf(ledger, draft, draft.finish(1, "w1"), 0);
    checkWrites(plan);
    assert.ok(
      [...plan.puts.keys()].some((name) => name.startsWith("pages/")),
      "no page is folded",
    );
  });

  it("has the version that made a counter as its generation (H75)", () => {
    const store = new Store();
    store.count(new Map([["visits", 1]]));
    store.count(new Map([["votes", 1]]));
    store.count(new Map([["visits", 1]]));
    const { totals } = store.ledger;
    assert.deepEqual([totals.get("visits")?.generation, totals.get("votes")?.generation], [2, 3]);
  });

  it("lists its pages in each transaction that adds one, and in no other", () => {
    const store = new Store(0);
    for (let round = 0; round < 60; round++) {
      const before = store.entries.get("pages/list");
      const had = store.pages();
      store.count(new Map([["abcdefgh"[round % 8] as string, 1]]));
      const list = store.entries.get("pages/list");
      assert.deepEqual(list && [...decodePageList(list)], store.pages().length > 0 ? store.pages() : undefined);
      if (store.pages().length === had.length) assert.equal(list, before, "it was written without need");
      if (round % 9 === 8) store.lead();
    }
    assert.equal(store.pages().length, 8);
  });

  it("is read without a list, as earlier programs wrote it, and has one from the next transaction on", () => {
    const store = new Store(0);
    for (const counter of "abcdefghabcdefgh") store.count(new Map([[counter, 1]]));
    const head = Buffer.from(store.entries.get("head")!).toString("latin1");
    assert.match(head, /"listed":\d/);
    store.entries.set("head", Buffer.from(head.replace(/,"listed":\d+/, ""), "latin1"));
    store.entries.delete("pages/list");
    store.lead();
    assert.equal(store.ledger.layout?.listed, 0);
    store.count(new Map([["a", 1]]));
    assert.deepEqual([...decodePageList(store.entries.get("pages/list")!)], store.pages());
    assert.equal(decodeLedger(store.entries)?.layout?.listed, store.pages().length);
  });

  it("begins as one round that has all of a ledger of format 1", () => {
    const ledger = ledgerWith({
      totals: new Map([["visits", new Map([["eu", 5n]])]]),
      sources: new Map([[A, 3]]),
      ended: new Map([[source(2), { watermark: 2, complete: true, version: 1 }]]),
    });
    const read = new Store(0, ledger).ledger;
    const { layout, totals, ...rest } = plainLedger(read) as NonNullable<ReturnType<typeof plainLedger>>;
    const {
      layout: _,
      totals: before,
      ...unchanged
    } = plainLedger(ledger) as typeof rest & { layout: null; totals: object };
    assert.deepEqual([rest, totals], [unchanged, before]);
    assert.deepEqual([layout?.tail, layout?.rounds.size, read.totals.seed], [1, 1, "0123456789abcdef"]);
  });
});

describe("a ledger of format 2 that cannot be read", () => {
  const damaged = (change: (entries: Map<string, Uint8Array>) => void) => {
    const store = new Store(600);
    store.count(new Map([["quiet", 1]]));
    for (let i = 0; i < 24; i++) store.count(new Map([["abcdefgh"[i % 8] as string, 1]]));
    const entries = new Map(store.entries);
    change(entries);
    return () => {
      const ledger = decodeLedger(entries);
      if (ledger) audit(ledger);
    };
  };
  const rounds = (entries: Map<string, Uint8Array>) =>
    [...entries.keys()].filter((key) => key.startsWith("rounds/")).sort();
  const pages = (entries: Map<string, Uint8Array>) =>
    [...entries.keys()].filter((key) => /^pages\/\d/.test(key)).sort();

  it("because a round is missing in the middle or at an end, says which (H65)", () => {
    for (const at of [0, 1, -1])
      assert.throws(
        damaged((entries) => entries.delete(rounds(entries).at(at) as string)),
        /"rounds\/\d{16}" cannot be read: (the round before it, rounds\/\d{16}, is missing|it is missing)/,
      );
  });

  it("because a page is missing, says which, and how many more are", () => {
    const quiet = pageName(new Store().ledger.totals.pageOf("quiet"));
    assert.throws(
      damaged((entries) => entries.delete(quiet)),
      new RegExp(`"${quiet}" cannot be read: it is missing$`),
    );
    assert.throws(
      damaged((entries) =>
        pages(entries)
          .slice(1, 4)
          .forEach((name) => void entries.delete(name)),
      ),
      /"pages\/\d{4}" cannot be read: it is missing, and so are 2 more$/,
    );
  });

  it("because its ended sources are missing, says so", () => {
    const store = new Store(0);
    for (let log = 2; log < 12; log++) store.count(new Map([["visits", 1]]), source(log), true);
    const entries = new Map(store.entries);
    assert.ok(entries.delete("gone"), "they were never folded");
    assert.throws(() => decodeLedger(entries), /"gone" cannot be read: it is missing$/);
  });

  it("because a page is there that nobody wrote, says which", () => {
    assert.throws(
      damaged((entries) => {
        const strange = Array.from({ length: 50 }, (_, page) => pageName(page)).find((name) => !entries.has(name))!;
        entries.set(strange, encodePage(1, []));
      }),
      /"pages\/\d{4}" cannot be read: it is not in "pages\/list"$/,
    );
  });

  it("because the list of its pages is missing or is an older one, says so", () => {
    assert.throws(
      damaged((entries) => entries.delete("pages/list")),
      /"pages\/list" cannot be read: it is missing, and by "head" it has \d+$/,
    );
    assert.throws(
      damaged((entries) => entries.set("pages/list", encodePageList([7]))),
      /"pages\/list" cannot be read: it has 1 entries, and by "head" it has \d+$/,
    );
  });

  it("because a page or a round is newer than its head, says which", () => {
    assert.throws(
      damaged((entries) => {
        const [name] = pages(entries) as [string];
        const text = Buffer.from(entries.get(name) as Uint8Array).toString();
        entries.set(name, Buffer.from(text.replace(/"version":\d+/, '"version":999')));
      }),
      /"pages\/\d{4}" cannot be read: it is of version 999, and the ledger of version \d+/,
    );
    assert.throws(
      damaged((entries) => entries.set(roundName(999), entries.get(rounds(entries)[0] as string) as Uint8Array)),
      /"rounds\/0+999" cannot be read: it says that it is version/,
    );
  });

  it("because a counter is in another page, says which", () => {
    assert.throws(
      damaged((entries) => {
        const [name, other] = pages(entries) as [string, string];
        entries.set(other, entries.get(name) as Uint8Array);
      }),
      /"pages\/\d{4}" cannot be read: it has "\w", whose page is pages\/\d{4}/,
    );
  });

  it("because a counter stands twice in its page, says which", () => {
    assert.throws(
      damaged((entries) => {
        const [name] = pages(entries) as [string];
        const [line = "", text = ""] = Buffer.from(entries.get(name) as Uint8Array)
          .toString()
          .split("\n");
        const twice = `{${text.slice(1, -1)},\n${text.slice(1, -1)}}`;
        const { sum } = JSON.parse(line);
        entries.set(name, Buffer.from(`${line.replace(`"sum":"${sum}"`, `"sum":"${2n * BigInt(sum)}"`)}\n${twice}`));
      }),
      /"pages\/\d{4}" cannot be read: it has "\w" twice/,
    );
  });
});

function contentOf(ledger: Ledger) {
  const { layout, ended: _, ...rest } = plainLedger(ledger) as NonNullable<ReturnType<typeof plainLedger>>;
  const totals = new Map([...rest.totals].sort());
  return { ...rest, totals, turn: layout?.turn, owed: layout?.owed, tail: layout?.tail };
}
