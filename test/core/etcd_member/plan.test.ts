import assert from "node:assert/strict";
import type { Disk, Membership, Other, Plan, VolumeNote } from "../../../internal/core/etcd_member/member.ts";
import { mayLeave, planOf } from "../../../internal/core/etcd_member/plan.ts";

const [a, b, c] = ["a", "b", "c"].map((name) => ({
  name,
  peerUrl: `http://${name}:2380`,
  clientUrl: `http://${name}:2379`,
})) as [Membership["me"], Membership["me"], Membership["me"]];
const THREE: Membership = { me: c, all: [a, b, c] };
const ONE: Membership = { me: c, all: [c] };

const ALL = { a: "volume-a", b: "volume-b", c: "volume-c" };
const noteOf = (member: Membership["me"], more: Partial<VolumeNote> = {}): VolumeNote => {
  return { volume: `volume-${member.name}`, members: 3, peerUrl: member.peerUrl, founding: null, ...more };
};
const silent = (member: Membership["me"]): Other => ({ kind: "silent", member, detail: "connection refused" });
const empty = (member: Membership["me"], more: Partial<VolumeNote> = {}): Other => {
  return { kind: "empty", member, note: noteOf(member, more) };
};
const MEMBERS = [a, b, c].map(({ name, peerUrl }, i) => ({ id: `${i + 1}`, name, peerUrls: [peerUrl] }));
const running = (member: Membership["me"], members = MEMBERS): Other => {
  return { kind: "running", member, cluster: { id: "100", members } };
};
const WITHOUT_C = MEMBERS.slice(0, 2);

const empties: Disk = { note: noteOf(c), data: null };
const dataOfC: Disk = { note: noteOf(c), data: { member: "3", cluster: "100" } };

/** The same member, when it is to run with TLS and has run without. */
const secured = { ...c, peerUrl: "https://c:2380", clientUrl: "https://c:2379" };
const SECURED: Membership = { me: secured, all: [a, b, secured] };

const CASES: readonly (readonly [string, Membership, Disk, readonly Other[], Partial<Plan>, RegExp?])[] = [
  // A disk with data
  ["starts on its data when nobody answers", THREE, dataOfC, [silent(a), silent(b)], { kind: "start" }],
  ["starts on its data when a quorum knows it", THREE, dataOfC, [silent(a), running(b)], { kind: "start" }],
  ["starts on its data beside members that lost theirs", THREE, dataOfC, [empty(a), empty(b)], { kind: "start" }],
  [
    "leaves data that it cannot read to etcd",
    THREE,
    { ...dataOfC, data: "unreadable" },
    [running(a)],
    { kind: "start" },
  ],
  [
    "puts the data of a removed member aside",
    THREE,
    dataOfC,
    [running(a, WITHOUT_C), silent(b)],
    { kind: "set aside" },
    /member 3, which was removed/,
  ],
  [
    "puts its data aside when it was replaced by one that never started",
    THREE,
    dataOfC,
    [running(a, [...WITHOUT_C, { id: "9", name: "", peerUrls: [c.peerUrl] }]), silent(b)],
    { kind: "set aside" },
  ],
  [
    "has its address changed before it starts with TLS",
    SECURED,
    dataOfC,
    [running(a), silent(b)],
    { kind: "readdress", id: "3", through: a },
    /a still knows it as http:\/\/c:2380/,
  ],
  [
    "has its address changed also if only etcd can read the data",
    SECURED,
    { ...dataOfC, data: "unreadable" },
    [running(a), silent(b)],
    { kind: "readdress", id: "3", through: a },
  ],
  [
    "waits for a quorum that can change its address",
    SECURED,
    dataOfC,
    [silent(a), silent(b)],
    { kind: "wait" },
    /knows this member without TLS, and it is to run with TLS/,
  ],
  ["starts with its new address", SECURED, { ...dataOfC, note: noteOf(secured) }, [running(a)], { kind: "start" }],
  [
    "starts alone with TLS, because nobody else has its address",
    { me: secured, all: [secured] },
    { ...dataOfC, note: noteOf(c, { members: 1 }) },
    [],
    { kind: "start" },
  ],
  [
    "refuses to mix with a cluster that began anew",
    THREE,
    { ...dataOfC, data: { member: "3", cluster: "99" } },
    [running(a), running(b)],
    { kind: "refuse" },
    /cluster 63, but a runs in 64/,
  ],
  [
    "refuses data of another count",
    THREE,
    { ...dataOfC, note: noteOf(c, { members: 1 }) },
    [empty(a), empty(b)],
    { kind: "refuse" },
    /data of a cluster of 1 member, but this cluster has 3/,
  ],
  [
    "refuses data of another count the other way",
    ONE,
    dataOfC,
    [],
    { kind: "refuse" },
    /data of a cluster of 3 members, but this cluster has 1/,
  ],
  [
    "refuses another member's data",
    THREE,
    { ...dataOfC, note: noteOf(a) },
    [silent(a), silent(b)],
    { kind: "refuse" },
    /has the data of http:\/\/a:2380, but this is http:\/\/c:2380/,
  ],
  ["refuses data without a note", THREE, { ...dataOfC, note: null }, [running(a)], { kind: "refuse" }, /member\.json/],
  [
    "brings a single member's data to another name",
    ONE,
    { ...dataOfC, note: noteOf(a, { members: 1 }) },
    [],
    { kind: "start" },
  ],
  // A disk without
  ["notes a new disk before anything else", THREE, { note: null, data: null }, [running(a)], { kind: "begin" }],
  [
    "takes an empty disk with a note of another count for a new one",
    THREE,
    { note: noteOf(c, { members: 1, founding: { c: "volume-c" } }), data: null },
    [empty(a), empty(b)],
    { kind: "begin" },
  ],
  [
    "takes an empty disk with another member's note for a new one",
    THREE,
    { note: noteOf(a), data: null },
    [empty(a), empty(b)],
    { kind: "begin" },
  ],
  [
    "founds alone when it is the only member",
    ONE,
    { note: noteOf(c, { members: 1 }), data: null },
    [],
    { kind: "found", founding: { c: "volume-c" } },
  ],
  ["founds when all disks are empty", THREE, empties, [empty(a), empty(b)], { kind: "found", founding: ALL }],
  [
    "agrees to what another has agreed to, also when the third is silent",
    THREE,
    empties,
    [empty(a, { founding: ALL }), silent(b)],
    { kind: "found", founding: ALL },
  ],
  [
    "keeps to what it agreed to",
    THREE,
    { note: noteOf(c, { founding: ALL }), data: null },
    [silent(a), silent(b)],
    { kind: "found", founding: ALL },
  ],
  [
    "keeps to it while others still can agree",
    THREE,
    { note: noteOf(c, { founding: ALL }), data: null },
    [empty(a), empty(b)],
    { kind: "found", founding: ALL },
  ],
  [
    "keeps to it with a majority, when one disk of it is gone",
    THREE,
    { note: noteOf(c, { founding: ALL }), data: null },
    [empty(a, { founding: ALL }), empty(b, { volume: "another" })],
    { kind: "found", founding: ALL },
  ],
  [
    "begins again when nobody else agreed and not everybody can",
    THREE,
    { note: noteOf(c, { founding: ALL }), data: null },
    [empty(a), empty(b, { volume: "another" })],
    { kind: "begin" },
  ],
  [
    "waits while others agree to something without it",
    THREE,
    empties,
    [empty(a, { founding: { ...ALL, c: "the disk before" } }), empty(b)],
    { kind: "wait" },
  ],
  [
    "waits when the others are down",
    THREE,
    empties,
    [silent(a), silent(b)],
    { kind: "wait" },
    /a does not answer \(connection refused\)/,
  ],
  [
    "waits when one other is down, and one empty",
    THREE,
    empties,
    [silent(a), empty(b)],
    { kind: "wait" },
    /b has an empty disk, too/,
  ],
  [
    "replaces its identity that was lost",
    THREE,
    empties,
    [running(a), silent(b)],
    { kind: "replace", old: ["3"], through: a },
    /member 3 was lost with its disk/,
  ],
  [
    "joins when it was removed already",
    THREE,
    empties,
    [silent(a), running(b, WITHOUT_C)],
    { kind: "replace", old: [], through: b },
  ],
  [
    "replaces what was added and never started",
    THREE,
    empties,
    [running(a, [...WITHOUT_C, { id: "9", name: "", peerUrls: [c.peerUrl] }]), running(b)],
    { kind: "replace", old: ["9"] },
  ],
  [
    "replaces a member of its name with another address too",
    THREE,
    empties,
    [running(a, [...WITHOUT_C, { id: "9", name: "c", peerUrls: ["http://elsewhere:2380"] }]), running(b)],
    { kind: "replace", old: ["9"] },
  ],
  [
    "forgets what it agreed to when there is a quorum",
    THREE,
    { note: noteOf(c, { founding: ALL }), data: null },
    [running(a), running(b)],
    { kind: "begin" },
  ],
];

describe("the plan for an etcd member", () => {
  for (const [title, membership, disk, others, expected, why = /./] of CASES) {
    it(title, () => {
      const plan = planOf(membership, disk, others);
      assert.match(plan.why, why);
      assert.deepEqual({ ...plan, ...expected }, plan);
    });
  }

  it("lets a member leave the gathering with a majority only", () => {
    const lingering = { members: 3, runs: false };
    for (const [agreed, lingeredMs, runs, may] of [
      [0, 3_600_000, false, false],
      [0, 3_600_000, true, false],
      [1, 9_999, false, false],
      [1, 10_000, false, true],
      [1, 0, true, true],
      [2, 1_499, false, false],
      [2, 1_500, false, true],
    ] as const) {
      assert.equal(mayLeave({ ...lingering, agreed, lingeredMs, runs }), may, `${agreed} after ${lingeredMs} ms`);
    }
    assert.ok(mayLeave({ members: 1, agreed: 0, runs: false, lingeredMs: 0 }));
  });
});
