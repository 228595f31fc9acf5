import assert from "node:assert/strict";
import type { Pod } from "../../../internal/core/operator/children.ts";
import type { CounterClusterSpec } from "../../../internal/core/operator/counter_cluster.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { OperatorDefaults } from "../../../internal/core/operator/decision.ts";
import type { DesiredObject } from "../../../internal/core/operator/desired/object.ts";
import { cluster, DEFAULTS, objectOf, observation, pod } from "./samples.ts";

interface Policy extends DesiredObject {
  readonly spec: { readonly ingress: readonly Rule[]; readonly egress?: readonly Rule[] };
}

interface Rule {
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[];
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
}

interface Peer {
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
}

function policyOf(
  name: string,
  spec: Partial<CounterClusterSpec> = {},
  pods: readonly Pod[] = [],
  defaults: Partial<OperatorDefaults> = {},
): Policy {
  const seen = observation({ cluster: cluster(spec), pods });
  return objectOf(decide(seen, null, { ...DEFAULTS, ...defaults }).objects, "NetworkPolicy", name) as Policy;
}

/** Each rule as `ports <- sources`, or `ports -> targets`. */
function told({ spec: { ingress, egress = [] } }: Policy): string[] {
  const ports = (rule: Rule) => (rule.ports ?? []).map(({ protocol, port }) => `${protocol} ${port}`).join() || "all";
  const peers = (list?: readonly Peer[]) => (list ? list.map(peer).join(" or ") : "everybody");
  return [
    ...ingress.map((rule) => `${ports(rule)} <- ${peers(rule.from)}`),
    ...egress.map((rule) => `${ports(rule)} -> ${peers(rule.to)}`),
  ];
}

function peer({ namespaceSelector, podSelector }: Peer): string {
  const pods = podSelector?.matchLabels["app.kubernetes.io/component"];
  const namespace = namespaceSelector?.matchLabels["kubernetes.io/metadata.name"];
  return [pods ?? "all pods", ...(namespace === undefined ? [] : [`of ${namespace}`])].join(" ");
}

describe("network policies", () => {
  it("let everybody reach the page, and nobody else more than they need", () => {
    assert.deepEqual(told(policyOf("visits")), [
      "TCP 4000 <- everybody",
      "TCP 4001 <- counter",
      "TCP 4002 <- operator of operators",
    ]);
    assert.deepEqual(told(policyOf("visits-etcd")), [
      "all <- etcd",
      "TCP 2379 <- counter",
      "all -> etcd",
      "TCP 53,UDP 53,TCP 5353,UDP 5353 -> everybody",
    ]);
  });

  it("let monitoring reach the admin ports and the store's metrics", () => {
    const spec = { monitoring: { namespaces: ["prometheus", "trial"] } };
    assert.equal(
      told(policyOf("visits", spec))[2],
      "TCP 4002 <- operator of operators or all pods of prometheus or all pods of trial",
    );
    assert.equal(told(policyOf("visits-etcd", spec))[2], "TCP 2381 <- all pods of prometheus or all pods of trial");
  });

  it("have no rule without a source, which would let everybody in", () => {
    assert.deepEqual(told(policyOf("visits", {}, [], { namespace: null })), [
      "TCP 4000 <- everybody",
      "TCP 4001 <- counter",
    ]);
  });

  it("belong to the pods, too, so that they go last: to those of the store first, also to those that are leaving", () => {
    const leaving = pod("visits-b", "counter");
    const pods = [
      { ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
      pod("visits-a", "counter"),
      pod("visits-etcd-0", "etcd"),
    ];
    for (const name of ["visits", "visits-etcd"]) {
      const owners = policyOf(name, {}, pods).metadata.ownerReferences;
      assert.deepEqual(
        owners.map(({ kind, name, uid, controller }) => [kind, name, uid, controller]),
        [
          ["CounterCluster", "visits", "1234", true],
          ["Pod", "visits-etcd-0", "uid of visits-etcd-0", false],
          ["Pod", "visits-a", "uid of visits-a", false],
          ["Pod", "visits-b", "uid of visits-b", false],
        ],
      );
    }
  });

  it("stay small with many pods", () => {
    const pods = Array.from({ length: 1_000 }, (_, index) => pod(`visits-${index}`, "counter"));
    const policy = policyOf("visits", {}, [...pods, pod("visits-etcd-0", "etcd")]);
    assert.equal(policy.metadata.ownerReferences.length, 101);
    assert.equal(policy.metadata.ownerReferences[1]?.name, "visits-etcd-0");
    assert.ok(JSON.stringify(policy).length < 30_000);
  });
});
