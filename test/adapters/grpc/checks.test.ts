import assert from "node:assert/strict";
import { announceRequest, handoffRequest } from "../../../internal/adapters/grpc/call_messages.ts";
import { decodeLeaderMessage, encodeLeaderMessage } from "../../../internal/adapters/grpc/leader_messages.ts";
import { decodeNodeMessage, encodeNodeMessage } from "../../../internal/adapters/grpc/node_messages.ts";
import { codec } from "../../../internal/adapters/grpc/wire.ts";
import type { LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import type { Batch, LogTail } from "../../../internal/core/log/batch.ts";
import type { CollectReply, LeaderMessage } from "../../../internal/ports/peers.ts";
import { IDLE_REPORT } from "./samples.ts";

const MEMBER = { id: "node-7", name: "node", region: "eu", peerAddress: "127.0.0.1:1", url: "http://127.0.0.1:2" };
const REMAINS: LogTail = {
  source: "00000000000000aa",
  formerly: [],
  region: "eu",
  base: 0,
  firstOffer: { id: "a", version: 1 },
  shown: 2,
  segments: [],
};
const BATCH: Batch = {
  source: "00000000000000aa",
  region: "eu",
  base: 0,
  firstOffer: { id: "a", version: 1 },
  last: false,
  ...segment(0, 1),
};
const ANSWER: CollectReply = {
  kind: "answer",
  epoch: 1,
  round: 1,
  batches: [BATCH],
  ...IDLE_REPORT,
};

function segment(from: number, to: number) {
  return { from, to, counts: new Map([["visits", to - from]]) };
}

function batches(part: Partial<Batch>): Partial<CollectReply> {
  return { batches: [{ ...BATCH, ...part }] };
}

function published(part: Partial<LedgerChange>, store = "ok"): Extract<LeaderMessage, { kind: "published" }> {
  const cluster = {
    leader: "l",
    epoch: 1,
    store: store as "ok",
    storeDetail: "",
    asOf: 1,
    interval: 1,
    active: 0,
    full: true,
    nodes: [],
    left: [],
  };
  const ledger = {
    ledger: { id: "a", version: 1, writer: "w" },
    since: null,
    totals: [],
    prunedTo: 0,
    adoptions: [],
    share: { counters: 1, bytes: 1 },
  };
  return { kind: "published", publication: { shared: { cluster, ledger: { ...ledger, ...part } }, watermarks: [] } };
}

/** Each value is encoded as it is and must be refused on arrival, in these words. */
describe("a message that is refused names the value", () => {
  const answers: [string, Partial<CollectReply>, RegExp][] = [
    ["a source of 7 bytes", { sources: ["00000000000000"] }, /^source must be 8 bytes, not "7 bytes"$/],
    ["an epoch past 2^53", { epoch: 2 ** 63 }, /^epoch must be a whole number below 2\^53/],
    ["a round past 2^53", { round: 2 ** 60 }, /^round must be a whole number/],
    ["more pending than fits", { pending: 2 ** 60 }, /^pending must be a whole number below 2\^53, not \d+$/],
    ["a ledger without an id", { known: { id: "", version: 1, writer: "w" } }, /^known ledger must be an id/],
    [
      "a ledger with a strange writer",
      { known: { id: "a", version: 1, writer: "w w" } },
      /^writer of known ledger must be/,
    ],
    [
      "a counter with a bad name",
      batches({ counts: new Map([["Visits", 1]]) }),
      /^counter must be a counter name, not "Visits"$/,
    ],
    [
      "a counter with a long name",
      batches({ counts: new Map([["x".repeat(129), 1]]) }),
      /^counter must be a counter name/,
    ],
    ["no hits", batches({ counts: new Map([["visits", 0]]) }), /^hits of visits must be at least 1, not 0$/],
    [
      "too many hits",
      batches({ counts: new Map([["visits", 2 ** 48 + 1]]) }),
      /^hits of visits must be a whole number below 2\^48/,
    ],
    ["a region with a newline", batches({ region: "a\nb" }), /^region must be .*, not "a\\nb"$/],
    ["no region", batches({ region: "" }), /^region must be/],
    ["a region of 65 characters", batches({ region: "x".repeat(65) }), /^region must be/],
    ["an offset past 2^48", batches({ to: 2 ** 48 }), /^to must be a whole number below 2\^48/],
  ];
  for (const [what, part, words] of answers) {
    it(`in an answer: ${what}`, () => {
      const bytes = encodeNodeMessage({ ...ANSWER, ...part });
      assert.throws(() => decodeNodeMessage(bytes), { name: "Malformed", message: words });
    });
  }

  const changes: [string, Partial<LedgerChange>, RegExp][] = [
    ["a region of another kind", { totals: [{ counter: "visits", regions: new Map([["é", 1n]]) }] }, /^region must be/],
    ["a counter of another kind", { totals: [{ counter: "a b", regions: new Map() }] }, /^counter must be/],
    ["a version past 2^53", { ledger: { id: "a", version: 2 ** 60, writer: "w" } }, /^version must be a whole number/],
    ["a share past 2^53", { share: { counters: 2 ** 60, bytes: 0 } }, /^share of counters must be/],
    [
      "an adoption without an id",
      { adoptions: [{ ledger: "a", next: "", version: 1, clean: true }] },
      /^next ledger must be an id/,
    ],
  ];
  for (const [what, part, words] of changes) {
    it(`in a publication: ${what}`, () => {
      const bytes = encodeLeaderMessage(published(part));
      assert.throws(() => decodeLeaderMessage(bytes), { name: "Malformed", message: words });
    });
  }

  it("in a publication: a state that is not known", () => {
    const bytes = encodeLeaderMessage(published({}, "strange"));
    assert.throws(() => decodeLeaderMessage(bytes), { name: "Malformed", message: /^store state must be a known one/ });
  });

  it("in a publication: a time that no date can hold, which would break every page that shows it", () => {
    const { publication } = published({});
    const cluster = { ...publication.shared.cluster, asOf: 8.64e15 + 1 };
    const shared = { ...publication.shared, cluster };
    const bytes = encodeLeaderMessage({ kind: "published", publication: { ...publication, shared } });
    assert.throws(() => decodeLeaderMessage(bytes), {
      name: "Malformed",
      message: /^as of must be milliseconds from 0 to/,
    });
  });

  it("not in a publication whose list has one node that is not understood: the others are taken", () => {
    const { publication } = published({});
    const numbers = { hits: 1, committed: 1, pending: 0, active: 0, heardAt: 1, durable: true };
    const row = { ...MEMBER, state: "counting" as const, ...numbers };
    const strange = [
      { url: "https://zähler.example" },
      { region: "" },
      { heardAt: -1 },
      { state: "odd" as "counting" },
    ];
    const nodes = [...strange.map((part) => ({ ...row, ...part })), row];
    const cluster = { ...publication.shared.cluster, nodes, left: ["a b", "node-8"] };
    const shared = { ...publication.shared, cluster };
    const word = decodeLeaderMessage(
      encodeLeaderMessage({ kind: "published", publication: { ...publication, shared } }),
    );
    assert.ok(word.kind === "published");
    assert.deepEqual(word.publication.shared.cluster.nodes, [row]);
    assert.deepEqual(word.publication.shared.cluster.left, ["node-8"]);
  });

  const logs: [string, Partial<LogTail>, RegExp][] = [
    ["a gap", { segments: [segment(2, 3), segment(4, 5)] }, /^from of a segment must be 3, not 4$/],
    [
      "a segment whose hits do not add up",
      { segments: [{ ...segment(2, 3), to: 4 }] },
      /^to of a segment must be 3, not 4$/,
    ],
    [
      "a beginning after what was shown",
      { segments: [segment(3, 4)] },
      /^from of the first segment must be at most what was shown, 2, not 3$/,
    ],
  ];
  for (const [what, part, words] of logs) {
    it(`in remains: ${what}`, () => {
      const bytes = handoffRequest.encode({ from: "node-7", remains: [{ ...REMAINS, ...part }] });
      assert.throws(() => handoffRequest.decode(bytes), { name: "Malformed", message: words });
    });
  }

  const members: [string, Partial<typeof MEMBER>, RegExp][] = [
    ["an id with a space", { id: "a b" }, /^node must be an id/],
    ["a name with a control character", { name: "a\u0007" }, /^name must be/],
    ["an address without a port", { peerAddress: "10.0.0.1" }, /^peer address must be host:port/],
    ["an address with a scheme", { peerAddress: "unix:/tmp/x:1" }, /^peer address must be host:port/],
    ["pages with another scheme", { url: "javascript:alert(1)" }, /^url must be an http or https address/],
  ];
  for (const [what, part, words] of members) {
    it(`in a knock: ${what}`, () => {
      const bytes = announceRequest.encode({ member: { ...MEMBER, ...part }, leader: "node-1" });
      assert.throws(() => announceRequest.decode(bytes), { name: "Malformed", message: words });
    });
  }

  it("when there is nothing in it", () => {
    assert.throws(() => decodeLeaderMessage(Buffer.alloc(0)), /^Malformed: a leader's message must be one of four/);
    assert.throws(() => decodeNodeMessage(Buffer.alloc(0)), /^Malformed: report must be there, not "nothing"/);
    assert.throws(() => announceRequest.decode(Buffer.alloc(0)), /^Malformed: member must be there/);
  });
});

describe("a batch whose counts do not add up", () => {
  it("arrives, because the plan refuses it alone", () => {
    const message = { ...ANSWER, batches: [{ ...BATCH, to: 9 }], keyed: null };
    assert.deepEqual(decodeNodeMessage(encodeNodeMessage(message)), message);
  });
});

describe("what many nodes are sent", () => {
  it("is encoded once for each object", () => {
    let encoded = 0;
    const change = published({}).publication;
    const ledger = new Proxy(change.shared.ledger!, {
      get(target, key: keyof LedgerChange) {
        if (key === "totals") encoded++;
        return target[key];
      },
    });
    const send = (): Buffer =>
      encodeLeaderMessage({ kind: "published", publication: { ...change, shared: { ...change.shared, ledger } } });
    const first = send();
    const once = encoded;
    assert.ok(once > 0);
    assert.deepEqual(send(), first);
    assert.equal(encoded, once);
  });
});

describe("a hello of another release", () => {
  const raw = <T extends object>(name: string, message: T) => codec<T>(name, { longs: "numbers" }).encode(message);
  const leader = (fields: object) => raw("LeaderWord", { welcome: { leader: "node-1", epoch: 1, ...fields } });
  const node = (fields: object) => raw("NodeWord", { report: {}, hello: { member: MEMBER, ...fields } });
  const tooOld = {
    name: "Malformed",
    message: /^its messages have format 5, and this program knows only format 1; upgrade/,
  };

  it("is understood if it says that this program may read it, or, as in 0.1.0, says nothing", () => {
    for (const fields of [{}, { reads: 1 }]) {
      assert.equal(decodeLeaderMessage(leader(fields)).kind, "welcome");
      assert.equal(decodeNodeMessage(node(fields)).kind, "hello");
    }
  });

  it("is refused, with what to do, if it needs a program that knows more", () => {
    assert.throws(() => decodeLeaderMessage(leader({ reads: 5 })), tooOld);
    assert.throws(() => decodeNodeMessage(node({ reads: 5 })), tooOld);
  });
});
