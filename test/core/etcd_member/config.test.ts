import assert from "node:assert/strict";
import { etcdMemberCommand } from "../../../cmd/settings/etcd_member_settings.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";
import { messageOf } from "../../../cmd/settings/read/setting_error.ts";
import { etcdConfig } from "../../../internal/core/etcd_member/config.ts";

const THREE = "m-0=m-0.m.ns.svc,m-1=m-1.m.ns.svc,m-2=m-2.m.ns.svc";

function settingsOf(env: Readonly<Record<string, string>>) {
  const reading = parseSettings(etcdMemberCommand, [], env);
  assert.ok(reading.kind === "settings", reading.kind === "errors" ? reading.errors.map(messageOf).join() : "");
  return reading.settings;
}

function mistakes(...argv: string[]): readonly string[] {
  const reading = parseSettings(etcdMemberCommand, argv, {});
  return reading.kind === "errors" ? reading.errors.map(messageOf) : [];
}

describe("etcd member settings", () => {
  it("know who this member is among all", () => {
    const { membership } = settingsOf({ GLOBAL_CLUSTER_NAME: "m-1", GLOBAL_CLUSTER_MEMBERS: THREE });
    assert.deepEqual(membership.me, {
      name: "m-1",
      peerUrl: "http://m-1.m.ns.svc:2380",
      clientUrl: "http://m-1.m.ns.svc:2379",
    });
    assert.equal(membership.all.length, 3);
  });

  it("say what is wrong", () => {
    assert.deepEqual(mistakes(), ["--name must be set", "--members must be set"]);
    assert.deepEqual(mistakes("--name=m-7", `--members=${THREE}`), ["--name must be one of the names in --members"]);
    for (const members of ["m-0", "m-0=a,m-1=b", "m-0=a,m-0=b,m-2=c", "m-0=a=b"]) {
      assert.match(mistakes("--name=m-0", `--members=${members}`).join(), /--members must be NAME=HOST for one member/);
    }
  });
});

describe("the configuration of an etcd member", () => {
  const { membership } = settingsOf({ GLOBAL_CLUSTER_NAME: "m-1", GLOBAL_CLUSTER_MEMBERS: THREE });
  const listen = { client: "http://0.0.0.0:2379", peer: "http://0.0.0.0:2380", metrics: "http://0.0.0.0:2381" };
  const setup = { listen, tls: null, dataFolder: "/var/lib/etcd/data", quotaBytes: 268_435_456 };

  it("bounds history, and names all members and the founding", () => {
    const founding = { "m-1": "b", "m-0": "a", "m-2": "c" };
    assert.equal(
      etcdConfig(membership, setup, { kind: "found", founding }),
      `name: "m-1"
data-dir: "/var/lib/etcd/data"
listen-client-urls: "http://0.0.0.0:2379"
advertise-client-urls: "http://m-1.m.ns.svc:2379"
listen-peer-urls: "http://0.0.0.0:2380"
initial-advertise-peer-urls: "http://m-1.m.ns.svc:2380"
listen-metrics-urls: "http://0.0.0.0:2381"
initial-cluster: "m-0=http://m-0.m.ns.svc:2380,m-1=http://m-1.m.ns.svc:2380,m-2=http://m-2.m.ns.svc:2380"
initial-cluster-state: "new"
initial-cluster-token: "m-0=a,m-1=b,m-2=c"
auto-compaction-mode: "periodic"
auto-compaction-retention: "5m"
snapshot-count: 1000
snapshot-catchup-entries: 500
quota-backend-bytes: 268435456
`,
    );
  });

  it("demands certificates of clients, and of members certificates of the store, and gives probes a port without either", () => {
    const files = { ca: "/tls/ca.crt", cert: "/tls/tls.crt", key: "/tls/tls.key" };
    const tls = { files, ready: "http://0.0.0.0:2382" };
    const text = etcdConfig(membership, { ...setup, tls }, { kind: "data" });
    const security = `"cert-file":"/tls/tls.crt","key-file":"/tls/tls.key","client-cert-auth":true,"trusted-ca-file":"/tls/ca.crt"`;
    assert.equal(
      text.slice(text.indexOf("client-transport")),
      `client-transport-security: {${security}}
peer-transport-security: {${security},"allowed-cn":["store"],"skip-client-san-verification":true}
tls-min-version: "TLS1.3"
listen-client-http-urls: "http://0.0.0.0:2382"
enable-grpc-gateway: false
`,
    );
  });

  it("names exactly the members that it joins, started or not, and those that nobody here knows", () => {
    const members = [
      { id: "1", name: "m-0", peerUrls: ["http://m-0.m.ns.svc:2380"] },
      { id: "9", name: "", peerUrls: ["http://m-1.m.ns.svc:2380"] },
      { id: "4", name: "stranger", peerUrls: ["http://stranger:2380"] },
    ];
    const text = etcdConfig(membership, setup, { kind: "join", members });
    assert.match(text, /initial-cluster: "m-0=http:.*,m-1=http:.*,stranger=http:\/\/stranger:2380"\n/);
    assert.match(text, /initial-cluster-state: "existing"\n/);
    assert.doesNotMatch(text, /token/);
  });
});
