import type { Mutation } from "../mutation.ts";

const PLAN = "internal/core/operator/certificates_plan.ts";
const PLAN_TEST = "test/core/operator/certificates_plan.test.ts";
const CHANGE = "internal/core/operator/transport_change.ts";
const CHANGE_TEST = "test/core/operator/transport.test.ts";
const ETCD = "internal/core/etcd_member/config.ts";
const ETCD_TEST = "test/services/etcd_member/tls.test.ts";

/** What keeps pods talking to each other, and strangers out. */
export const CERTIFICATES: readonly Mutation[] = [
  {
    name: "Certificates: an authority issues before all pods have read it",
    file: PLAN,
    find: "now >= madeAt(next) + spreadMs(lives) && storeTrusts(next.keyId)",
    replace: "storeTrusts(next.keyId)",
    test: PLAN_TEST,
  },
  {
    name: "Certificates: an authority issues before the store trusts it",
    file: PLAN,
    find: "now >= madeAt(next) + spreadMs(lives) && storeTrusts(next.keyId)",
    replace: "now >= madeAt(next) + spreadMs(lives)",
    test: PLAN_TEST,
  },
  {
    name: "Certificates: an authority is dropped while certificates of it are valid",
    file: PLAN,
    find: "now >= held.issuingSince + leafMs",
    replace: "now >= held.issuingSince",
    test: PLAN_TEST,
  },
  {
    name: "Certificates: a lost authority is replaced at once, although pods have valid certificates",
    file: PLAN,
    find: "const urgent = issuing === null &&",
    replace: "const urgent = issuing === null || issuing === null &&",
    test: PLAN_TEST,
  },
  {
    name: "Certificates: the store is not restarted for another authority",
    file: "internal/core/operator/desired/etcd_pods.ts",
    find: '...(tls && { "globalcluster.dev/trusted-authority": trust }),',
    replace: "",
    test: CHANGE_TEST,
  },
  {
    name: "Certificates: counters turn to TLS while others know only plain text",
    file: CHANGE,
    find: '? { ...present, peers: "both" } : present;',
    replace: "? ON : present;",
    test: CHANGE_TEST,
  },
  {
    name: "Certificates: counters stop to accept plain text while one drains that knows nothing else",
    file: CHANGE,
    find: "&& !pods.some(isLeavingCounter)",
    replace: "",
    test: CHANGE_TEST,
  },
  {
    name: "Certificates: etcd asks clients for no certificate",
    file: ETCD,
    find: '"client-transport-security": security,',
    replace: '"client-transport-security": { "cert-file": cert, "key-file": key },',
    test: ETCD_TEST,
    needs: ["etcd"],
  },
  {
    name: "Certificates: a counter may be a member of the store",
    file: ETCD,
    find: '"allowed-cn": [STORE], ',
    replace: "",
    test: ETCD_TEST,
    needs: ["etcd"],
  },
  {
    name: "Certificates: the port for probes reads and writes",
    file: ETCD,
    find: '"enable-grpc-gateway": false,',
    replace: '"enable-grpc-gateway": true,',
    test: ETCD_TEST,
    needs: ["etcd"],
  },
  {
    name: "Certificates: a counter may pose as the store",
    file: "internal/adapters/etcd/server_identity.ts",
    find: "return refusal === null ? undefined : new WrongServer(refusal);",
    replace: "return void refusal;",
    test: "test/adapters/etcd/etcd_access.test.ts",
  },
  {
    name: "Certificates: a server that takes the store's place after the probe is heard",
    file: "internal/adapters/etcd/etcd_client.ts",
    find: "if (tls?.server) checkIdentity(this.pool, tls.server);",
    replace: "void checkIdentity;",
    test: "test/adapters/etcd/etcd_access.test.ts",
  },
];
