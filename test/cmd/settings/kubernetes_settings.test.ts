import assert from "node:assert/strict";
import { resolve } from "node:path";
import { nodeCommand } from "../../../cmd/settings/node_settings.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";
import { messageOf } from "../../../cmd/settings/read/setting_error.ts";

/** The variables that the operator sets. */
const POD = {
  GLOBAL_CLUSTER_HOST: "0.0.0.0",
  GLOBAL_CLUSTER_PORT: "4000",
  GLOBAL_CLUSTER_PEER_HOST: "10.1.2.3",
  GLOBAL_CLUSTER_PEER_INSECURE: "yes",
  GLOBAL_CLUSTER_PEER_PORT: "4001",
  GLOBAL_CLUSTER_NAME: "visits-6d4cf56db6-x2x8p",
  GLOBAL_CLUSTER_REGION: "",
  GLOBAL_CLUSTER_STORE: "etcd://etcd.ns.svc",
  GLOBAL_CLUSTER_DISCOVERY: "kubernetes",
  GLOBAL_CLUSTER_NAMESPACE: "ns",
  GLOBAL_CLUSTER_PEER_SERVICE: "visits-peers",
  GLOBAL_CLUSTER_POD_UID: "de29761c-a0ec-4313-bb6b-05db02436ea3",
  GLOBAL_CLUSTER_KNOWN_LEDGER_FILE: "/etc/global-cluster/ledger/ledger",
  GLOBAL_CLUSTER_OWNER: "ns/visits/0b9a3f0e-0000-4313-bb6b-05db02436ea3",
};

/** In a pod a node learns from its settings who it is and which pods are its peers. */
describe("node settings in a pod", () => {
  it("identify the pods that are nodes, and this node's pod", () => {
    const { pods, owner, knownLedgerFile } = settings(POD);
    assert.deepEqual(pods, {
      namespace: "ns",
      service: "visits-peers",
      uid: POD.GLOBAL_CLUSTER_POD_UID,
    });
    assert.deepEqual(owner, { namespace: "ns", name: "visits", uid: "0b9a3f0e-0000-4313-bb6b-05db02436ea3" });
    assert.equal(knownLedgerFile, resolve("/etc/global-cluster/ledger/ledger"));
  });

  it("use the region unknown if the machine has none", () => {
    assert.equal(settings(POD).region, "unknown");
    assert.equal(settings({ ...POD, GLOBAL_CLUSTER_REGION: "eu-central-1" }).region, "eu-central-1");
  });

  const wrong: [title: string, env: Record<string, string>, ...sentences: string[]][] = [
    [
      "pods without namespace, Service and UID",
      { GLOBAL_CLUSTER_NAMESPACE: "", GLOBAL_CLUSTER_PEER_SERVICE: "", GLOBAL_CLUSTER_POD_UID: "" },
      "--namespace must be set with --discovery kubernetes",
      "--peer-service must be set with --discovery kubernetes",
      "--pod-uid must be set with --discovery kubernetes",
    ],
    [
      "settings of pods without pods",
      { GLOBAL_CLUSTER_DISCOVERY: "", GLOBAL_CLUSTER_NAMESPACE: "", GLOBAL_CLUSTER_PEER_SERVICE: "" },
      "GLOBAL_CLUSTER_POD_UID works only with --discovery kubernetes",
    ],
    [
      "ports that differ from pod to pod",
      { GLOBAL_CLUSTER_PORT: "0", GLOBAL_CLUSTER_PEER_PORT: "" },
      "GLOBAL_CLUSTER_PORT must be the same in every pod, so it cannot be 0",
      "--peer-port must be the same in every pod, so it cannot be 0",
    ],
    [
      "an owner of a store that cannot be shared",
      { GLOBAL_CLUSTER_STORE: "" },
      "GLOBAL_CLUSTER_OWNER works only with --store etcd://...",
    ],
    [
      "an owner without uid",
      { GLOBAL_CLUSTER_OWNER: "ns/visits" },
      'GLOBAL_CLUSTER_OWNER must be NAMESPACE/NAME/UID of the resource that the cluster belongs to, not "ns/visits"',
    ],
    [
      "a Service that cannot exist",
      { GLOBAL_CLUSTER_PEER_SERVICE: "Visits.peers" },
      'GLOBAL_CLUSTER_PEER_SERVICE must be the name of a Service, not "Visits.peers"',
    ],
    [
      "another discovery",
      { GLOBAL_CLUSTER_DISCOVERY: "dns" },
      'GLOBAL_CLUSTER_DISCOVERY must be store or kubernetes, not "dns"',
    ],
  ];
  for (const [title, env, ...sentences] of wrong) {
    it(`refuse ${title}`, () => {
      const reading = parseSettings(nodeCommand, [], { ...POD, ...env });
      assert.ok(reading.kind === "errors");
      assert.deepEqual(reading.errors.map(messageOf), sentences);
    });
  }
});

function settings(env: Record<string, string>) {
  const reading = parseSettings(nodeCommand, [], env);
  assert.ok(reading.kind === "settings", JSON.stringify(reading));
  return reading.settings;
}
