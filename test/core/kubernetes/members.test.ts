import assert from "node:assert/strict";
import { membersOf, type PodFacts } from "../../../internal/core/kubernetes/members.ts";

const PORTS = { pages: 4000, peers: 4001 };

/** Pods become members with the addresses and regions that Kubernetes tells. Other pods do not. */
describe("members of a cluster of pods", () => {
  it("are what the pods tell", () => {
    const region = { "topology.kubernetes.io/region": "eu-central-1" };
    assert.deepEqual(membersOf([pod({ labels: region })], PORTS), [
      { id: "uid-1", name: "a", region: "eu-central-1", peerAddress: "10.0.0.1:4001", url: "http://10.0.0.1:4000" },
    ]);
  });

  it("have an unknown region where the machine has no label for it", () => {
    const regions = [{}, { "topology.kubernetes.io/region": "" }].map((labels) => pod({ labels }));
    assert.deepEqual(
      membersOf(regions, PORTS).map(({ region }) => region),
      ["unknown", "unknown"],
    );
  });

  it("have brackets round an IPv6 address", () => {
    const [member] = membersOf([pod({ podIP: "fd00::7" })], PORTS);
    assert.deepEqual([member?.peerAddress, member?.url], ["[fd00::7]:4001", "http://[fd00::7]:4000"]);
  });

  const cases: [title: string, facts: Parameters<typeof pod>[0], isMember: boolean][] = [
    ["runs, and is not ready", { phase: "Running" }, true],
    ["is pending, and has an address", { phase: "Pending" }, true],
    ["has no address yet", { podIP: undefined }, false],
    ["has an empty address", { podIP: "" }, false],
    ["terminates", { deletionTimestamp: "2026-01-01T00:00:00Z" }, true],
    ["is on a machine that nobody hears of", { phase: "Unknown" }, true],
    ["has succeeded", { phase: "Succeeded" }, false],
    ["has failed, or was evicted", { phase: "Failed" }, false],
  ];
  for (const [title, facts, isMember] of cases) {
    it(`${isMember ? "include" : "leave out"} a pod that ${title}`, () => {
      assert.equal(membersOf([pod(facts)], PORTS).length, isMember ? 1 : 0);
    });
  }
});

interface Told {
  readonly labels?: Readonly<Record<string, string>>;
  readonly podIP?: string | undefined;
  readonly phase?: string;
  readonly deletionTimestamp?: string;
}

function pod({ labels = {}, phase = "Running", ...told }: Told): PodFacts {
  const podIP = "podIP" in told ? told.podIP : "10.0.0.1";
  const { deletionTimestamp } = told;
  const metadata = { name: "a", uid: "uid-1", labels, ...(deletionTimestamp && { deletionTimestamp }) };
  return { metadata, status: { phase, ...(podIP !== undefined && { podIP }) } };
}
