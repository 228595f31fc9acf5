import assert from "node:assert/strict";
import { type EndpointFacts, membersOf } from "../../../internal/core/kubernetes/members.ts";

const PORTS = { pages: 4000, peers: 4001 };

/** The pods in the endpoints of a Service become members with the addresses that Kubernetes tells. */
describe("members of a cluster of pods", () => {
  it("are what the endpoints tell; a node says its region itself", () => {
    assert.deepEqual(membersOf([endpoint()], PORTS), [
      { id: "uid-1", name: "a", region: "unknown", peerAddress: "10.0.0.1:4001", url: "http://10.0.0.1:4000" },
    ]);
  });

  it("have brackets round an IPv6 address", () => {
    const [member] = membersOf([endpoint({ addresses: ["fd00::7"] })], PORTS);
    assert.deepEqual([member?.peerAddress, member?.url], ["[fd00::7]:4001", "http://[fd00::7]:4000"]);
  });

  it("are one, if a pod is in two slices: while Kubernetes moves it, and with an address of each family", () => {
    const twice = [endpoint(), endpoint({ addresses: ["fd00::7"] }), endpoint({}, { name: "b", uid: "uid-2" })];
    assert.deepEqual(
      membersOf(twice, PORTS).map(({ name, peerAddress }) => [name, peerAddress]),
      [
        ["a", "10.0.0.1:4001"],
        ["b", "10.0.0.1:4001"],
      ],
    );
  });

  const cases: [title: string, endpoint: EndpointFacts, isMember: boolean][] = [
    ["is not ready", conditions({ ready: false, serving: false, terminating: false }), true],
    ["terminates", conditions({ ready: false, serving: true, terminating: true }), true],
    ["has no address", endpoint({ addresses: [] }), false],
    ["has an empty address", endpoint({ addresses: [""] }), false],
    ["is no pod", endpoint({}, { kind: "Node" }), false],
    ["has no uid", endpoint({}, { uid: "" }), false],
    ["somebody wrote by hand, without a target", { addresses: ["10.0.0.1"] }, false],
  ];
  for (const [title, facts, isMember] of cases) {
    it(`${isMember ? "include" : "leave out"} an endpoint that ${title}`, () => {
      assert.equal(membersOf([facts], PORTS).length, isMember ? 1 : 0);
    });
  }
});

function endpoint(fields: Partial<EndpointFacts> = {}, target: EndpointFacts["targetRef"] = {}): EndpointFacts {
  const targetRef = { kind: "Pod", name: "a", uid: "uid-1", ...target };
  return { addresses: ["10.0.0.1"], targetRef, ...fields };
}

function conditions(conditions: object): EndpointFacts {
  return Object.assign(endpoint(), { conditions });
}
