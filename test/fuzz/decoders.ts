import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { accountOf, committedTotal, tellsTotals } from "../../internal/adapters/counter_http/account.ts";
import { identityIn } from "../../internal/adapters/disk/etcd_wal.ts";
import { journalText } from "../../internal/adapters/disk/journal_lines.ts";
import { readJournal } from "../../internal/adapters/disk/journal_reader.ts";
import { KnownLedgerFile } from "../../internal/adapters/disk/known_ledger_file.ts";
import {
  decodeLeader,
  decodeMember,
  decodeOwner,
  encodeLeader,
  encodeMember,
} from "../../internal/adapters/etcd/keys.ts";
import { adjustReply, adjustRequest } from "../../internal/adapters/grpc/adjust_messages.ts";
import {
  announceReply,
  announceRequest,
  handoffReply,
  handoffRequest,
  statusReply,
} from "../../internal/adapters/grpc/call_messages.ts";
import { Malformed } from "../../internal/adapters/grpc/checks.ts";
import { decodeLeaderMessage, encodeLeaderMessage } from "../../internal/adapters/grpc/leader_messages.ts";
import { decodeNodeMessage, encodeNodeMessage } from "../../internal/adapters/grpc/node_messages.ts";
import { objectIn } from "../../internal/adapters/kubernetes/errors.ts";
import { kubeconfigAccess } from "../../internal/adapters/kubernetes/kubeconfig.ts";
import { eventIn } from "../../internal/adapters/kubernetes/list_watch.ts";
import { allPages } from "../../internal/adapters/kubernetes/pages.ts";
import { flawOf } from "../../internal/core/cluster/member_fields.ts";
import { noteText, readNote } from "../../internal/core/etcd_member/note.ts";
import type { AdjustmentChange } from "../../internal/core/ledger/adjustment.ts";
import { auditEntryOf } from "../../internal/core/ledger/audit_entries.ts";
import { UnreadableLedger } from "../../internal/core/ledger/entry_fields.ts";
import { HEAD } from "../../internal/core/ledger/head_encoding.ts";
import { audit, LedgerMismatch } from "../../internal/core/ledger/ledger.ts";
import { ENDED, encodeLedger } from "../../internal/core/ledger/ledger_encoding.ts";
import { decodeLedger } from "../../internal/core/ledger/ledger_reading.ts";
import { endOf } from "../../internal/core/log/batch.ts";
import type { AdjustmentOutcome } from "../../internal/ports/adjusting.ts";
import { CounterPagesError } from "../../internal/ports/counter_pages.ts";
import { JournalError } from "../../internal/ports/journal.ts";
import { KubernetesError } from "../../internal/ports/kubernetes.ts";
import { decodeLossRecord, encodeLossRecord } from "../../internal/services/adoption/loss_record.ts";
import { greeting, leaderMessage, member, nodeMessage, one, remains } from "../adapters/grpc/samples.ts";
import { keyAt } from "../core/keys/keys.ts";
import { ledgerWith, source } from "../core/samples.ts";
import { leadOn, pageLedgerEntries, ROUND_WITH_ALL } from "./page_ledger.ts";
import { BYTES, FIRST_LINE, JOURNAL_LINE, JSON_VALUES, REST_JSON, type Variation } from "./variations.ts";

const FILE = join(mkdtempSync(join(tmpdir(), "fuzz-")), "file");
process.once("exit", () => rmSync(dirname(FILE), { recursive: true, force: true }));

/** What reads bytes that this process did not write. */
export interface Decoder {
  readonly name: string;
  readonly corpus: readonly Buffer[];
  readonly variations: readonly Variation[];
  /** Decodes, and uses what it got as its callers do. */
  readonly decode: (bytes: Buffer) => unknown;
  /** It reads a file, and gets one of ten variations. */
  readonly slow?: boolean;
  /** The only errors that it may throw. */
  readonly errors: readonly (new (
    ...args: never[]
  ) => Error)[];
}

const LEDGER = ledgerWith({
  prunedSum: -3n,
  adoptions: [{ ledger: "00000000000000aa", next: "00000000000000ff", version: 1, clean: true }],
  sources: new Map([
    [source(1), 40],
    [source(2), 2 ** 40],
  ]),
  ended: new Map([
    [source(3), { watermark: 7, complete: true, version: 1 }],
    [source(4), { watermark: 5, complete: false, version: 1 }],
  ]),
  totals: new Map([
    [
      "visits",
      new Map([
        ["eu", BigInt(2 ** 40) + 40n],
        ["us", 7n],
      ]),
    ],
    ["votes", new Map([["eu", 2n]])],
  ]),
});
const ENTRIES = encodeLedger(LEDGER);
/** The same ledger in format 2. */
const PAGED = pageLedgerEntries(LEDGER);
const BUCKETS = [...ENTRIES.keys()].filter((name) => name.startsWith("totals/"));

const JOURNAL = {
  source: source(1),
  formerly: [source(9)],
  region: "eu",
  base: 2,
  firstOffer: { id: "00000000000000ff", version: 3 },
  shown: 4,
  open: true,
  segments: [
    {
      from: 4,
      to: 9,
      counts: new Map([
        ["visits", 3],
        ["votes", 2],
      ]),
    },
    { from: 9, to: 10, counts: new Map([["visits", 1]]) },
  ],
};

const POD = {
  metadata: { name: "a", uid: "u", resourceVersion: "5" },
  status: { phase: "Running", podIP: "10.0.0.1" },
};
const STATUS = { kind: "Status", message: "too old", reason: "Expired", code: 410 };
const POD_LIST = { apiVersion: "v1", kind: "PodList", metadata: { resourceVersion: "9", continue: "" }, items: [POD] };
const ACCOUNT = {
  ledger: "00000000000000ff",
  version: 4,
  leader: "a",
  store: "ok",
  storeDetail: "",
  age: 0.5,
  interval: 1,
  total: 12,
  largest: [{ counter: "visits", committed: "12" }],
  nodes: [{ id: "a", name: "a", state: "counting" }],
};

const KUBECONFIG = {
  apiVersion: "v1",
  kind: "Config",
  "current-context": "here",
  clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443", "certificate-authority-data": "QQ==" } }],
  users: [{ name: "u", user: { token: "t", "client-certificate-data": "QQ==", "client-key-data": "QQ==" } }],
  contexts: [{ name: "here", context: { cluster: "c", user: "u", namespace: "n" } }],
};
const KUBECONFIG_YAML = `
apiVersion: v1
kind: Config
current-context: here
clusters:
- {name: c, cluster: {server: "https://10.0.0.1:6443"}}
users:
- name: u
  user: {username: a, password: b}
contexts:
- name: here
  context: {cluster: c, user: u}
`;

const ADJUSTED = { key: keyAt(1_000_000_000, 1), who: "ann", reason: "moved" };
const CHANGES: readonly AdjustmentChange[] = [
  { action: "set", counter: "visits", value: 2n ** 40n, region: "eu", ifMatch: 7 },
  { action: "delete", counter: "visits", ifMatch: null },
  { action: "import", mode: "absent", line: 1, lines: [{ counter: "votes", value: 2n, region: null }] },
  { action: "link", counter: "news", url: "https://example.org/news" },
  { action: "unlink", counter: "news" },
];

function doneBy(change: AdjustmentChange): AdjustmentOutcome {
  const imported = change.action === "import" ? { line: 1, lines: 1, counters: 1, skipped: 0 } : null;
  const linked = change.action === "link" ? { from: "http://a.example/", to: change.url } : null;
  const done = { at: 1_000_000_000, before: 1n, after: 2n ** 40n, generation: 9, imported, linked };
  return { done: true, duplicate: false, entry: auditEntryOf({ ...ADJUSTED, change }, done) };
}

/** Every decoder of the program, with its corpus. */
export const DECODERS: readonly Decoder[] = [
  ...[...PAGED.keys()].map(
    (entry): Decoder => ({
      name: `the ledger's entry ${entry} of format 2`,
      corpus: corpusOf(PAGED.get(entry) as Uint8Array, ROUND_WITH_ALL, ...PAGED.values()),
      variations: [...BYTES, ...FIRST_LINE, ...(/^pages\/\d/.test(entry) ? REST_JSON : [])],
      decode: (bytes) => useLedger(new Map([...PAGED, [entry, bytes]])),
      errors: [UnreadableLedger, LedgerMismatch],
    }),
  ),
  ...[HEAD, ENDED, ...BUCKETS].map(
    (entry): Decoder => ({
      name: `the ledger's entry ${entry}`,
      corpus: corpusOf(ENTRIES.get(entry) as Uint8Array, ...ENTRIES.values()),
      variations: [...BYTES, ...(entry === HEAD || entry === ENDED ? FIRST_LINE : JSON_VALUES)],
      decode: (bytes) => useLedger(new Map([...ENTRIES, [entry, bytes]])),
      errors: [UnreadableLedger, LedgerMismatch],
    }),
  ),
  {
    name: "the loss record",
    corpus: [
      jsonOf({
        known: [{ name: "a", id: "00000000000000ff", version: 7 }],
        lineage: LEDGER.adoptions,
        seen: { total: "12", counters: { visits: "12" } },
      }),
      jsonOf({ known: [], lineage: [], seen: null }),
    ],
    variations: [...BYTES, ...JSON_VALUES],
    decode: (bytes) => encodeLossRecord(decodeLossRecord(bytes)),
    errors: [UnreadableLedger],
  },
  {
    name: "the leader key",
    corpus: [encodeLeader({ nodeId: "a", address: "10.0.0.1:5000" })],
    variations: [...BYTES, ...JSON_VALUES],
    decode(value) {
      const leader = decodeLeader({ key: value, value, create_revision: "7", lease: "9" });
      if (leader) encodeLeader(leader);
    },
    errors: [],
  },
  {
    name: "the owner of a prefix",
    corpus: [jsonOf({ namespace: "n", name: "a", uid: "u" })],
    variations: [...BYTES, ...JSON_VALUES],
    decode: (bytes) => `${Object.values(decodeOwner(bytes))}`,
    errors: [],
  },
  {
    name: "a registration",
    corpus: [encodeMember(one(member))],
    variations: [...BYTES, ...JSON_VALUES],
    decode(bytes) {
      const found = decodeMember(bytes);
      if (found && flawOf(found) === null) encodeMember(found);
    },
    errors: [],
  },
  {
    name: "a journal",
    corpus: [
      Buffer.from(journalText(JOURNAL, source(8))),
      Buffer.from(journalText({ ...JOURNAL, firstOffer: null }, null)),
    ],
    variations: [...BYTES, ...JOURNAL_LINE],
    decode: useJournal,
    errors: [JournalError],
  },
  wire("a leader's message", samplesOf(leaderMessage).map(encodeLeaderMessage), (bytes) => {
    encodeLeaderMessage(decodeLeaderMessage(bytes));
  }),
  wire("a node's message", samplesOf(nodeMessage).map(encodeNodeMessage), (bytes) => {
    encodeNodeMessage(decodeNodeMessage(bytes));
  }),
  wire(
    "an adjustment",
    CHANGES.map((change) => adjustRequest.encode({ ...ADJUSTED, change })),
    (bytes) => {
      adjustRequest.encode(adjustRequest.decode(bytes));
    },
  ),
  wire(
    "a reply to an adjustment",
    CHANGES.map((change) => adjustReply.encode(doneBy(change))),
    (bytes) => {
      adjustReply.encode(adjustReply.decode(bytes));
    },
  ),
  wire("an announcement", [announceRequest.encode({ member: one(member), leader: "a" })], (bytes) => {
    announceRequest.encode(announceRequest.decode(bytes));
  }),
  wire("a reply to an announcement", [announceReply.encode({ leads: true })], (bytes) => {
    announceReply.encode(announceReply.decode(bytes));
  }),
  wire("a peer's status", [statusReply.encode(one(greeting))], (bytes) => {
    statusReply.encode(statusReply.decode(bytes));
  }),
  wire("a handoff", [handoffRequest.encode({ from: "a", remains: samplesOf(remains) })], (bytes) => {
    handoffRequest.encode(handoffRequest.decode(bytes));
  }),
  wire("a reply to a handoff", [handoffReply.encode({ taken: false, reason: "no" })], (bytes) => {
    handoffReply.encode(handoffReply.decode(bytes));
  }),
  {
    name: "a list of the Kubernetes API",
    corpus: [jsonOf(POD_LIST), jsonOf({ ...POD_LIST, items: null }), jsonOf(STATUS)],
    variations: [...BYTES, ...JSON_VALUES],
    async decode(bytes) {
      const page = objectIn("GET /api/v1/pods", 200, bytes.toString());
      const read = async (next: string | undefined) => (next === undefined ? page : POD_LIST);
      const { items } = await allPages<typeof POD>(read);
      for (const { metadata } of items) metadata.name.toUpperCase();
    },
    errors: [KubernetesError],
  },
  {
    name: "a refusal of the Kubernetes API",
    corpus: [jsonOf(STATUS)],
    variations: [...BYTES, ...JSON_VALUES],
    decode(bytes) {
      try {
        objectIn("GET /api/v1/pods", 410, bytes.toString());
      } catch (error) {
        if (!(error instanceof KubernetesError)) throw error;
        `${error.message} ${error.reason}`.toUpperCase();
      }
    },
    errors: [],
  },
  {
    name: "an event of the Kubernetes API",
    corpus: [
      jsonOf({ type: "ADDED", object: POD }),
      jsonOf({ type: "BOOKMARK", object: { metadata: { resourceVersion: "6" } } }),
      jsonOf({ type: "ERROR", object: STATUS }),
    ],
    variations: [...BYTES, ...JSON_VALUES],
    decode: (bytes) => eventIn(bytes.toString()),
    errors: [KubernetesError],
  },
  {
    name: "a kubeconfig",
    slow: true,
    corpus: [jsonOf(KUBECONFIG), Buffer.from(KUBECONFIG_YAML)],
    variations: [...BYTES, ...JSON_VALUES],
    async decode(bytes) {
      const access = await kubeconfigAccess(fileWith(bytes));
      await access.credentials();
    },
    errors: [KubernetesError],
  },
  {
    name: "the known ledger's file",
    slow: true,
    corpus: [jsonOf({ id: "00000000000000ff", version: 4, writer: "00000000000000aa" })],
    variations: [...BYTES, ...JSON_VALUES],
    decode(bytes) {
      const { ledger } = new KnownLedgerFile(fileWith(bytes));
      if (ledger) statusReply.decode(statusReply.encode({ nodeId: "a", known: ledger, takesRemains: true }));
    },
    errors: [JournalError],
  },
  {
    name: "the log of an etcd volume",
    slow: true,
    corpus: [Buffer.concat([walRecord(4, Buffer.alloc(0)), walRecord(1, Buffer.from("0805100a", "hex"))])],
    variations: BYTES,
    decode: (bytes) => identityIn(fileWith(bytes)),
    errors: [],
  },
  {
    name: "a counter's account of its cluster",
    corpus: [jsonOf(ACCOUNT)],
    variations: [...BYTES, ...JSON_VALUES],
    decode(bytes) {
      const body = jsonIn(bytes);
      if (tellsTotals(body)) accountOf(body);
    },
    errors: [CounterPagesError],
  },
  {
    name: "a counter's total",
    corpus: [jsonOf({ counter: "visits", committed: 12 })],
    variations: [...BYTES, ...JSON_VALUES],
    decode: (bytes) => committedTotal(jsonIn(bytes)),
    errors: [CounterPagesError],
  },
  {
    name: "the note on an etcd volume",
    corpus: [Buffer.from(noteText({ volume: "v", members: 3, peerUrl: "http://a:2380", founding: { a: "v" } }))],
    variations: [...BYTES, ...JSON_VALUES],
    decode(bytes) {
      const note = readNote(bytes.toString());
      if (note) noteText(note);
    },
    errors: [],
  },
];

function wire(name: string, corpus: readonly Buffer[], decode: (bytes: Buffer) => void): Decoder {
  return { name, corpus, variations: BYTES, decode, errors: [Malformed] };
}

/** What a leader does with a ledger: it audits it, publishes its totals, and writes it. */
function useLedger(entries: ReadonlyMap<string, Uint8Array>): void {
  const ledger = decodeLedger(entries);
  if (!ledger) return;
  audit(ledger);
  if (ledger.layout) return leadOn(entries, ledger);
  const again = decodeLedger(encodeLedger(ledger));
  if (again) audit(again);
}

/** What a start does with a journal: the log goes on, its file is rewritten, and its tail is handed over. */
function useJournal(bytes: Buffer): void {
  const content = readJournal(bytes, "a.journal");
  if (!content) return;
  const { header, firstOffer, segments } = content;
  const state = { ...header, formerly: header.formerly ?? [], firstOffer, segments, open: false };
  const again = readJournal(Buffer.from(journalText(state, null)), "a.journal");
  if (again?.end !== endOf(state)) throw new Error(`a rewritten journal ends at ${again?.end}, not ${endOf(state)}`);
  if (firstOffer === null || header.from > header.shown) return;
  const { source, region, base, shown, formerly } = state;
  const tail = { source, formerly, region, base, shown, segments, firstOffer };
  handoffRequest.decode(handoffRequest.encode({ from: "a", remains: [tail] }));
}

/** A file in memory if there is such a folder: thousands are written. */
function fileWith(bytes: Buffer): string {
  writeFileSync(FILE, bytes);
  return FILE;
}

/** A record of etcd's write-ahead log, with its frame. */
function walRecord(type: number, data: Buffer): Buffer {
  const record = Buffer.concat([Buffer.from([0x08, type, 0x10, 0, 0x1a, data.length]), data]);
  const padding = (8 - (record.length % 8)) % 8;
  const frame = Buffer.alloc(8);
  frame.writeUInt32LE(record.length);
  if (padding > 0) frame[7] = 0x80 | padding;
  return Buffer.concat([frame, record, Buffer.alloc(padding)]);
}

/** Samples that are the same in each run. */
function samplesOf<T>(arbitrary: fc.Arbitrary<T>): T[] {
  return fc.sample(arbitrary, { numRuns: 8, seed: 7 });
}

function corpusOf(...samples: readonly Uint8Array[]): Buffer[] {
  return samples.map((bytes) => Buffer.from(bytes));
}

function jsonOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** As the HTTP client does, which turns what is not JSON into an error of its own. */
function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new CounterPagesError("not JSON", { cause });
  }
}
