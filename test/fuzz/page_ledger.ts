import type { AdjustingTerms } from "../../internal/core/ledger/adjusting_round.ts";
import { AUDIT_LIMITS } from "../../internal/core/ledger/audit_state.ts";
import { ENDED_PAGE } from "../../internal/core/ledger/folding.ts";
import { audit, type Ledger } from "../../internal/core/ledger/ledger.ts";
import { decodeLedger } from "../../internal/core/ledger/ledger_reading.ts";
import { encodeRound } from "../../internal/core/ledger/round_encoding.ts";
import { type RoundPlan, type RoundReply, Rounds } from "../../internal/core/ledger/rounds.ts";
import { conversionOf } from "../../internal/core/ledger/transaction.ts";
import type { Batch } from "../../internal/core/log/batch.ts";
import type { OfferedMark } from "../../internal/core/marks/mark.ts";
import { periodAt } from "../../internal/core/marks/period.ts";
import { keyAt } from "../core/keys/keys.ts";
import { batch, end, source } from "../core/samples.ts";
import { entriesAfter } from "../ports/store/entries.ts";

const NOW_MS = 1_000_000_000;
const KEYS = { window: 900_000, budget: 100, wall: NOW_MS, node: "node" };
const SECRET = "00112233445566778899aabbccddeeff";
const MARKS = { budget: 100, wall: NOW_MS, node: "node", newSecret: () => SECRET };
const DAY = periodAt("day", NOW_MS);
const TERM = { epoch: 1, writer: "w1" };
const RETENTION = { silence: 1, afterEnd: 1, ended: 9 };
const SEED = "0123456789abcdef";

/** What the corpus needs, and only a few rounds bring. */
const KINDS = [
  "head",
  "gone",
  "keys/",
  `marks/${DAY}/0`,
  `marks/${DAY}/secret`,
  "links/",
  "days/",
  "pages/",
  "pages/list",
  "rounds/",
];

/** A ledger of format 2 with every kind of entry: rounds that its pages lack, a folded `gone`, and the keys and marks of some rounds. */
export function pageLedgerEntries(ledger: Ledger): ReadonlyMap<string, Uint8Array> {
  const conversion = conversionOf(ledger, SEED);
  let entries: ReadonlyMap<string, Uint8Array> = entriesAfter(new Map(), conversion);
  conversion.commit();
  // The turn of `gone` comes first: this log is too short for one of all pages.
  const { next } = conversion;
  const layout = next.layout && { ...next.layout, turn: ENDED_PAGE };
  const rounds = new Rounds(TERM, { ...next, layout }, 1, { bytes: 1 << 20, log: 150 }, RETENTION, 0);
  for (const [at, batches] of [[visit(40)], [visit(41), end(source(2), 2 ** 40)], [visit(42)]].entries()) {
    const plan = plannedRound(rounds, batches, at);
    if (!plan) throw new Error("the corpus needs rounds");
    entries = entriesAfter(entries, plan);
    rounds.settle(plan, 2 + at, 0);
  }
  const missing = KINDS.filter((kind) => ![...entries.keys()].some((name) => name.startsWith(kind)));
  if (missing.length > 0) throw new Error(`the corpus has no entry ${missing.join(", ")}`);
  return entries;
}

/** A round in which counters went, sources ended and were forgotten, and regions have names: bytes for other rounds to be spliced with. */
export const ROUND_WITH_ALL = encodeRound({
  version: 2,
  counters: new Map([
    ["votes", null],
    ["visits", { regions: new Map([["eu", 2n ** 64n - 1n]]), generation: 2 ** 48 - 1 }],
  ]),
  ended: new Map([
    [source(3), null],
    [source(5), { watermark: 2 ** 48 - 1, complete: true, version: 2 }],
  ]),
  hours: new Map([
    [0, new Map([["visits", 2 ** 48]])],
    [500_000, new Map([["visits", 1]])],
  ]),
  cuts: new Map([["visits", { version: 1, day: 20_000 }]]),
});

/**
 * A leader goes on with what it read: the next round counts, and what it writes can be read again. Throws Error if it cannot, because no damage
 * to an entry may spread to others unseen.
 */
export function leadOn(entries: ReadonlyMap<string, Uint8Array>, ledger: Ledger): void {
  const rounds = new Rounds(TERM, ledger, 1, { bytes: 1 << 20 }, RETENTION, 0);
  const plan = plannedRound(
    rounds,
    [batch(source(6), 0, 1, { firstOffer: { id: ledger.id, version: ledger.version } })],
    9,
  );
  if (!plan) throw new Error("the next round counted nothing");
  try {
    audit(decodeLedger(entriesAfter(entries, plan)) as Ledger);
  } catch (cause) {
    throw new Error("what the next leader wrote cannot be read", { cause });
  }
}

function plannedRound(rounds: Rounds, batches: readonly Batch[], key: number): RoundPlan | null {
  const keyed = { life: source(77), region: "us", hits: [keyedHit(key)] };
  const ledger = rounds.ledger.id;
  const offers = { keyed, marks: { life: keyed.life, ledger, region: "us", marks: [mark(key)] } };
  const reply: RoundReply = {
    epoch: TERM.epoch,
    round: rounds.begin(),
    batches,
    sources: [],
    ...offers,
    clock: NOW_MS,
  };
  rounds.accept("node", reply, 0);
  return rounds.plan(0, { keyed: KEYS, adjusting: linkTerms(key), marked: MARKS });
}

/** An admin sets where a link leads. */
function linkTerms(key: number): AdjustingTerms {
  const change = { action: "link", counter: "visits", url: `https://example.org/${key}` } as const;
  const adjustment = { key: keyAt(NOW_MS, 1_000 + key), who: "ann", reason: "", change };
  const terms = {
    known: new Map(),
    oldest: [],
    limits: AUDIT_LIMITS,
    wall: NOW_MS,
    room: 100,
    reserved: new Set<string>(),
  };
  return { ...terms, offers: [{ number: key, adjustment }] };
}

function mark(number: number): OfferedMark {
  return { number: number + 1, counter: "orders", period: DAY, high: number, low: 7 };
}

function keyedHit(number: number) {
  return { number, key: keyAt(NOW_MS + number, number), counter: "orders", by: 2 };
}

function visit(at: number): Batch {
  return batch(source(1), at, at + 1, { counts: new Map([["visits", 1]]) });
}
