import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issueCertificate, type KeyPair } from "../../internal/adapters/x509/certificates.ts";
import type { Role } from "../../internal/core/identity/identity.ts";
import { requireEtcd } from "../adapters/etcd/etcd_process.ts";
import { needs } from "../needs.ts";
import { TestMembers } from "../services/etcd_member/etcd_members.ts";
import { type NodeProcess, SCRIPT } from "./node_process.ts";
import { RealCluster } from "./real_cluster.ts";
import { takeOutRelease } from "./release_0_1_0.ts";

/**
 * The contract: the steps in which the operator turns TLS on (core/operator/transport_change.ts) lose no hit, with real nodes and a real etcd.
 * Here nodes find each other in the store and keep their disks. On Kubernetes they do neither: test/e2e/first_release.e2e.ts.
 */
describe("nodes and a store that turn to TLS one after the other", function () {
  this.timeout(600_000);
  let folder: string;
  let old: string;
  let store: TestMembers;
  let cluster: RealCluster;
  before(async function () {
    requireEtcd(this);
    needs(this, "release 0.1.0");
    old = takeOutRelease();
    folder = mkdtempSync(join(tmpdir(), "turning-"));
    store = await TestMembers.make(1);
    await store.up();
  });
  afterEach(async function () {
    await cluster?.end(this.currentTest?.state === "failed");
  });
  after(async () => {
    await store?.end();
    for (const one of [folder, old]) if (one) rmSync(one, { recursive: true, force: true });
  });

  it("from the release 0.1.0, under load: sent = counted", async () => {
    const member = store.all[0]!;
    cluster = new RealCluster({ store: `etcd://${member.endpoint}` });
    for (let i = 0; i < 3; i++) {
      const node = await cluster.newNode();
      node.script = join(old, "cmd", "node.ts");
    }
    await cluster.startAll();
    await cluster.leader();
    cluster.load.start();
    await cluster.acknowledged(100);
    const authority = await createAuthority({ cluster: "visits.web", ...dates() });
    const counter = filesOf(await issue(authority, "counter"), "counter", authority);
    const peers = ["--peer-ca", counter.ca, "--peer-cert", counter.cert, "--peer-key", counter.key];
    await replaceAll([...peers, "--peer-insecure"], async () => void (await cluster.leader()));
    await member.kill();
    member.tls = filesOf(await issue(authority, "store", member.endpoint), "store", authority);
    await member.up();
    const toStore = ["--etcd-ca", counter.ca, "--etcd-cert", counter.cert, "--etcd-key", counter.key];
    await replaceAll([...peers, ...toStore], () => cluster.acknowledged(50));
    await cluster.leader();
    await cluster.acknowledged(100);
    await cluster.assertExact();
  });

  async function replaceAll(flags: readonly string[], between: () => Promise<void>): Promise<void> {
    for (const node of cluster.nodes) {
      await replace(node, flags);
      await between();
    }
  }

  async function replace(node: NodeProcess, flags: readonly string[]): Promise<void> {
    await node.terminate();
    node.script = SCRIPT;
    node.moreFlags = flags;
    await node.start();
  }

  function filesOf({ certificate, key }: KeyPair, name: string, authority: KeyPair) {
    const written = (kind: string, text: string) => {
      const path = join(folder, `${name}-${kind}.pem`);
      writeFileSync(path, text);
      return path;
    };
    return { ca: written("ca", authority.certificate), cert: written("cert", certificate), key: written("key", key) };
  }
});

function dates() {
  return { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
}

function issue(authority: KeyPair, role: Role, endpoint?: string): Promise<KeyPair> {
  const ipAddresses = endpoint === undefined ? [] : [endpoint.replace(/:.*/, "")];
  return issueCertificate(authority, { identity: { cluster: "visits.web", role }, ipAddresses, ...dates() });
}
