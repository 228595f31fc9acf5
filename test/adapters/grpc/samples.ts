import fc from "fast-check";
import type { ClusterChange, NodeRow, NodeState } from "../../../internal/core/cluster/cluster_view.ts";
import type { KeyedHit, KeyedOffers, KeyedVerdicts, KeyVerdict } from "../../../internal/core/keys/keyed_hit.ts";
import type {
  CopyPart,
  CounterTotals,
  KeyedLedger,
  LedgerChange,
  Publication,
  ShownWatermark,
} from "../../../internal/core/ledger/snapshot.ts";
import type { Links } from "../../../internal/core/links/links.ts";
import type { Batch, LedgerPosition, LedgerRef, LogTail, Segment } from "../../../internal/core/log/batch.ts";
import type { MarkOffers, MarkVerdicts } from "../../../internal/core/marks/mark.ts";
import type { Member } from "../../../internal/ports/discovery.ts";
import type { LeaderMessage, NodeMessage, NodeReport, PeerStatus } from "../../../internal/ports/peers.ts";

/** What a node that holds nothing reports. */
export const IDLE_REPORT: NodeReport = {
  known: null,
  sources: [],
  begun: [],
  hits: 0,
  committed: 0,
  pending: 0,
  indeterminate: 0,
  active: 0,
  draining: false,
  drained: false,
  durable: true,
  refusing: false,
  resync: false,
  clock: null,
};

/** Like those that the code makes; fast-check's own have no prototype. */
function record<T>(model: { [Key in keyof T]-?: fc.Arbitrary<Exclude<T[Key], undefined>> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const hex = fc.stringMatching(/^[0-9a-f]{16}$/);
const whole = fc.maxSafeNat();
const version = fc.maxSafeNat().map((number) => number % 2 ** 40);
const offset = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const region = fc.stringMatching(/^[A-Za-z0-9._,:+/ -]{1,64}$/);
const counter = fc.oneof(
  fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?$/),
  fc.constantFrom("constructor", "0", "x".repeat(128)),
);
const time = fc.double({ min: 0, max: 1e15, noNaN: true }).map(Math.abs);

const ledgerRef: fc.Arbitrary<LedgerRef> = record({ id: hex, version });
const sighting: fc.Arbitrary<LedgerPosition> = record({
  id: hex,
  version,
  writer: fc.oneof(hex, fc.constant("")),
});

export const member: fc.Arbitrary<Member> = record({
  id: hex,
  name: fc.oneof(fc.stringMatching(/^[A-Za-z0-9._-]{1,63}$/), fc.constant("Zähler 1")),
  region,
  peerAddress: fc.constantFrom("10.0.0.1:4100", "[fd00::1]:65535", "counter-0.counter.default.svc:1"),
  url: fc.constantFrom("http://10.0.0.1:4000", "https://counter.example.com/a"),
});

const counts = fc.dictionary(counter, fc.integer({ min: 1, max: 2 ** 40 }), { maxKeys: 12, noNullPrototype: true });

const hour = fc.integer({ min: 0, max: 70_389_527 });

const segment: fc.Arbitrary<Segment> = fc
  .tuple(
    record({ from: offset, to: offset, counts: counts.map((entries) => new Map(Object.entries(entries))) }),
    fc.option(hour),
  )
  .map(([segment, hour]) => (hour === null ? segment : { ...segment, hour }));

const batch: fc.Arbitrary<Batch> = fc
  .tuple(record({ source: hex, region, base: offset, firstOffer: ledgerRef, last: fc.boolean() }), segment)
  .map(([log, segment]) => ({ ...log, ...segment }));

const small = fc.integer({ min: 0, max: 2 ** 40 });

/** The segments must add up, and nothing was shown before the base. */
export const remains: fc.Arbitrary<LogTail> = fc
  .tuple(
    record({ source: hex, formerly: fc.array(hex, { maxLength: 3 }), region, base: small, firstOffer: ledgerRef }),
    small,
    fc.array(segment, { maxLength: 4 }),
  )
  .map(([log, more, segments]) => {
    const shown = log.base + more;
    return { ...log, shown, segments: chained(shown, segments) };
  });

function chained(shown: number, segments: readonly Segment[]): Segment[] {
  let from = shown;
  return segments.map((one) => {
    const to = [...one.counts.values()].reduce((sum, by) => sum + by, from);
    const segment = { ...one, from, to };
    from = to;
    return segment;
  });
}

const report: fc.Arbitrary<NodeReport> = record({
  known: fc.option(sighting),
  sources: fc.array(hex, { maxLength: 4 }),
  begun: fc.array(hex, { maxLength: 4 }),
  hits: whole,
  committed: whole,
  pending: whole,
  indeterminate: whole,
  active: whole,
  draining: fc.boolean(),
  drained: fc.boolean(),
  durable: fc.boolean(),
  refusing: fc.boolean(),
  resync: fc.boolean(),
  totals: fc.option(sighting),
  clock: fc.option(time),
});

/** A UUIDv7 as 32 hex digits. */
export const key = fc.stringMatching(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);

const keyedHit: fc.Arbitrary<KeyedHit> = perhaps(
  record({ number: whole, key, counter, by: fc.integer({ min: 1, max: 1_000_000 }) }),
  "hour",
  hour,
);

/** Keyed hits that wait on a node, up to `most` of them. */
export function keyedOffers(most: number): fc.Arbitrary<KeyedOffers> {
  return record({ life: hex, region, hits: fc.array(keyedHit, { maxLength: most }) });
}

const verdicts: fc.Arbitrary<KeyedVerdicts> = record({
  life: hex,
  verdicts: fc
    .array(fc.tuple(whole, fc.constantFrom<KeyVerdict>("counted", "duplicate", "reused", "expired")), { maxLength: 4 })
    .map((entries) => new Map(entries)),
});

const half = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const period = fc
  .tuple(fc.constantFrom("day", "hour"), fc.nat(99_999_999))
  .map(([kind, number]) => `${kind}-${String(number).padStart(8, "0")}`);

const marks: fc.Arbitrary<MarkOffers> = record({
  life: hex,
  ledger: hex,
  region,
  marks: fc.array(record({ number: whole, counter, period, high: half, low: half }), { maxLength: 4 }),
});

const decided: fc.Arbitrary<MarkVerdicts> = record({
  life: hex,
  through: whole,
  refused: fc.array(whole, { maxLength: 3 }),
});

const secrets = fc.array(fc.tuple(period, fc.stringMatching(/^[0-9a-f]{32}$/)), { maxLength: 2 });

/** With `field`, or without. */
function perhaps<T extends object, F extends string, V>(all: fc.Arbitrary<T>, field: F, values: fc.Arbitrary<V>) {
  const set = fc.tuple(all, values).map(([value, more]) => ({ ...value, ...({ [field]: more } as Record<F, V>) }));
  return fc.oneof(all, set);
}

export const nodeMessage: fc.Arbitrary<NodeMessage> = fc.oneof(
  fc.tuple(report, member, fc.integer({ min: 1, max: 9 })).map(([report, member, knows]) => {
    return { kind: "hello" as const, member, knows, ...report };
  }),
  fc
    .tuple(
      report,
      perhaps(
        record({
          epoch: whole,
          round: whole,
          batches: fc.array(batch, { maxLength: 4 }),
          keyed: fc.option(keyedOffers(4)),
        }),
        "marks",
        marks,
      ),
    )
    .map(([report, answer]) => ({ kind: "answer" as const, ...answer, ...report })),
);

const row: fc.Arbitrary<NodeRow> = fc
  .tuple(
    member,
    record({
      state: fc.constantFrom<NodeState>("counting", "draining", "lagging", "unreachable", "foreign"),
      hits: whole,
      committed: whole,
      pending: whole,
      active: whole,
      heardAt: fc.option(time),
      durable: fc.boolean(),
    }),
  )
  .map(([member, row]) => ({ ...member, ...row }));

const cluster: fc.Arbitrary<ClusterChange> = record({
  leader: hex,
  epoch: whole,
  store: fc.constantFrom(
    "ok" as const,
    "away" as const,
    "locked" as const,
    "full" as const,
    "founding" as const,
    "lost" as const,
    "corrupt" as const,
  ),
  storeDetail: fc.string({ unit: "grapheme" }),
  asOf: time,
  interval: time,
  active: whole,
  full: fc.boolean(),
  nodes: fc.array(row, { maxLength: 4 }),
  left: fc.array(hex, { maxLength: 3 }),
});

const totals: fc.Arbitrary<CounterTotals> = record({
  counter,
  generation: whole,
  regions: fc
    .uniqueArray(fc.tuple(region, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
      maxLength: 4,
      selector: ([name]) => name,
    })
    .map((entries) => new Map(entries)),
});

/** Hits by hour and deletions of the counters of a change. */
const withDays = (change: LedgerChange) =>
  fc
    .dictionary(hour.map(String), fc.array(fc.nat(), { maxLength: 6 }), { maxKeys: 3, noNullPrototype: true })
    .map((hours): LedgerChange => {
      const counters = [...new Set(change.totals.map(({ counter }) => counter))];
      const hits = (numbers: readonly number[]) =>
        new Map(
          counters.flatMap((counter, at): [string, number][] => (at in numbers ? [[counter, numbers[at] ?? 0]] : [])),
        );
      const cuts = new Map(
        counters.slice(1).map((counter, at) => [counter, { version: 2 ** 40 + at, day: 20_786 + at }]),
      );
      const byHour = new Map(Object.entries(hours).map(([at, numbers]) => [Number(at), hits(numbers)]));
      return { ...change, hours: byHour, cuts };
    });

const change: fc.Arbitrary<LedgerChange> = record({
  ledger: sighting.filter(({ writer }) => writer !== ""),
  since: fc.option(whole),
  totals: fc.array(totals, { maxLength: 6 }),
  prunedTo: whole,
  adoptions: fc.array(record({ ledger: hex, next: hex, version: whole, clean: fc.boolean() }), { maxLength: 2 }),
  share: record({ counters: whole, bytes: whole }),
  keyed: fc.option(
    record<KeyedLedger>({
      forgottenTo: fc.option(whole),
      waitsFor: fc.array(fc.constantFrom("alpha", "beta"), { maxLength: 2 }),
    }),
  ),
  format: fc.constantFrom(1, 2),
  hoursFrom: hour,
}).chain(withDays);

const copy: fc.Arbitrary<CopyPart> = fc
  .tuple(fc.nat(4_095), fc.nat(4_096), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
  .map(([first, pages, sum]) => ({ first, pages, of: 4_096, sum }));

const links: fc.Arbitrary<Links> = fc
  .array(fc.tuple(counter, fc.constantFrom("https://example.org/", "http://a.example:8080/b?c=d#e")), { maxLength: 3 })
  .map((entries) => new Map(entries));

const ledger = fc.oneof(
  perhaps(
    perhaps(change, "links", links),
    "marks",
    secrets.map((entries) => ({ secrets: new Map(entries) })),
  ),
  fc.tuple(change, copy).map(([change, copy]) => ({ ...change, copy })),
);

const shown: fc.Arbitrary<ShownWatermark> = record({
  source: hex,
  watermark: fc.option(offset),
  ended: fc.boolean(),
});

const publication: fc.Arbitrary<Publication> = perhaps(
  record({
    shared: record({ cluster, ledger: fc.option(ledger) }),
    watermarks: fc.array(shown, { maxLength: 4 }),
    verdicts: fc.option(verdicts),
  }),
  "marks",
  decided,
);

export const leaderMessage: fc.Arbitrary<LeaderMessage> = fc.oneof(
  record({
    kind: fc.constant("welcome" as const),
    leader: hex,
    epoch: whole,
    ledger: fc.option(ledgerRef),
    adopted: fc.array(hex, { maxLength: 3 }),
  }),
  record({ kind: fc.constant("collect" as const), epoch: whole, round: whole, ledger: ledgerRef }),
  publication.map((publication) => ({ kind: "published" as const, publication })),
  fc.constant({ kind: "resigned" as const }),
);

export const greeting: fc.Arbitrary<PeerStatus> = record({
  nodeId: hex,
  known: fc.option(ledgerRef),
  takesRemains: fc.boolean(),
});

/** One value, always the same. */
export function one<T>(arbitrary: fc.Arbitrary<T>): T {
  return fc.sample(arbitrary, { numRuns: 1, seed: 7 })[0]!;
}
