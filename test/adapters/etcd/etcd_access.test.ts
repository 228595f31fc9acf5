import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Etcd3 } from "etcd3";
import { EtcdClient } from "../../../internal/adapters/etcd/etcd_client.ts";
import { openEtcd } from "../../../internal/adapters/etcd/open_etcd.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { eventually } from "../../eventually.ts";
import { ANNE, committed, elected, head } from "../../ports/store/contract_words.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import { silentLog } from "../../ports/store/store_backends.ts";
import { Authority } from "./certificates.ts";
import { EtcdHandles, failsAs } from "./etcd_handles.ts";
import { EtcdProcess, requireEtcd } from "./etcd_process.ts";

/** etcd is reached with TLS, certificates and passwords. A wrong one is refused with what would do. */
describe("etcd behind TLS and passwords", () => {
  const handles = new EtcdHandles();
  let folder: string;
  let authority: Authority;
  before(function () {
    requireEtcd(this);
    folder = mkdtempSync(join(tmpdir(), "certificates-"));
    authority = new Authority(folder, "authority");
  });
  afterEach(() => handles.closeAll());
  after(() => folder && rmSync(folder, { recursive: true }));

  const pemsOf = ({ cert, key }: { cert: string; key: string }) => ({
    cert: readFileSync(cert),
    key: readFileSync(key),
  });

  it("serves those who trust its authority and hold a certificate of it, and refuses others", async () => {
    const etcd = await EtcdProcess.start({ tls: { ...authority.issue("server"), clientCa: authority.cert } });
    const client = pemsOf(authority.issue("client"));
    const a = handles.open([etcd.endpoint], { tls: { ca: authority.pem, ...client } });
    const lease = await elected(a, ANNE);
    await committed(a, lease, 0, "1");
    assert.equal(await lease.renew(), true);

    const strangers = new Authority(folder, "strangers");
    const stranger = { ca: authority.pem, ...pemsOf(strangers.issue("stranger")) };
    const denied = async (tls: object, words: RegExp) => {
      const other = handles.open([etcd.endpoint], { tls });
      await assert.rejects(other.store.readHead(), failsAs("denied", words));
      await assert.rejects(other.store.commit(lease, 0, head("x")), failsAs("denied", words));
    };
    await denied({ ca: strangers.pem, ...client }, /certificate/);
    await denied(client, /certificate/);
    await denied({ ca: authority.pem }, /certificate/);
    await denied(stranger, /alert/);
    const plain = handles.open([etcd.endpoint]);
    await assert.rejects(plain.store.readHead(), failsAs(["away", "denied"]));
    await etcd.stop();
  });

  it("serves on when all certificates are renewed in place, by another authority even", async () => {
    const etcd = await EtcdProcess.start({ tls: { ...authority.issue("server"), clientCa: authority.cert } });
    const client = authority.issue("client");
    const a = handles.open([etcd.endpoint], { tls: () => ({ ca: authority.pem, ...pemsOf(client) }) });
    await everythingIn(a.store);
    await etcd.kill();
    authority = new Authority(folder, "authority");
    for (const name of ["server", "client"]) authority.issue(name);
    await etcd.start();
    const reads = () => everythingIn(a.store).then(Boolean, () => false);
    assert.ok(await eventually(reads));
    await etcd.stop();
  });

  it("is refused when its certificate names another role, another cluster or nobody, and served when it names the store", async () => {
    const server = { cluster: "blog.web", role: "store" } as const;
    const tls = { ca: authority.pem, server };
    const named = (uri: string) => authority.issue("named", `IP:127.0.0.1${uri && `,URI:${uri}`}`);
    const others = ["spiffe://blog.web/counter", "spiffe://shop.web/store", ""];
    for (const uri of others) {
      const impostor = await EtcdProcess.start({ tls: named(uri) });
      const a = handles.open([impostor.endpoint], { tls });
      await assert.rejects(
        a.store.readHead(),
        failsAs("denied", /its certificate .*; expected spiffe:\/\/blog\.web\/store/),
      );
      // Another server may take its place between the probe and the handshake of grpc-js.
      const unprobed = new EtcdClient(impostor.endpoint, tls);
      assert.equal(await unprobed.connect(1_000), false, uri);
      unprobed.close();
      await impostor.stop();
    }
    const store = await EtcdProcess.start({ tls: named("spiffe://blog.web/store") });
    const a = handles.open([store.endpoint], { tls });
    assert.ok(await a.store.readHead());
    await store.stop();
  });

  it("is refused when its certificate is for another address, or when it has none", async () => {
    const elsewhere = await EtcdProcess.start({ tls: authority.issue("elsewhere", "IP:10.1.2.3") });
    const a = handles.open([elsewhere.endpoint], { tls: { ca: authority.pem } });
    await assert.rejects(a.store.readHead(), failsAs("denied", /altnames/));
    await elsewhere.stop();
    const plain = await EtcdProcess.start();
    const b = handles.open([`https://${plain.endpoint}`]);
    await assert.rejects(b.store.readHead(), failsAs("away", /before secure TLS/));
    await plain.stop();
  });

  it("serves a user below the user's prefix, also after tokens were lost, and refuses the rest", async () => {
    const etcd = await EtcdProcess.start();
    await withUser(etcd.endpoint, "/mine/");
    const as = (username: string, password: string, prefix = "/mine/") =>
      handles.open([etcd.endpoint], { prefix, auth: { username, password } });
    const a = as("counter", "secret");
    const lease = await elected(a, ANNE);
    const revision = await committed(a, lease, 0, "1");
    a.discovery.register({ id: "a", name: "a", region: "eu", peerAddress: "h:1", url: "http://h:2" });
    await eventually(async () => (await a.discovery.members()).length === 1);

    await assert.rejects(as("counter", "wrong").store.readHead(), failsAs("denied", /authentication failed/));
    await assert.rejects(as("nobody", "secret").store.readHead(), failsAs("denied"));
    await assert.rejects(as("counter", "secret", "/theirs/").store.readHead(), failsAs("denied", /permission denied/));
    await assert.rejects(
      as("counter", "secret", "/theirs/").store.commit({ epoch: 1, nonce: "1" }, 0, head("x")),
      failsAs("denied"),
    );
    await assert.rejects(
      handles.open([etcd.endpoint]).store.commit({ epoch: 1, nonce: "1" }, 0, head("x")),
      failsAs("denied", /user name is empty/),
    );

    await etcd.kill();
    await etcd.start();
    await eventually(() => everythingIn(a.store).catch((error) => assert.ok(failsAs("away")(error)) ?? null));
    assert.equal(await lease.renew(), true);
    await committed(a, lease, revision, "2");
    await etcd.stop();
  });

  it("serves a user where no passwords are asked for", async () => {
    const etcd = await EtcdProcess.start();
    const a = handles.open([etcd.endpoint], { auth: { username: "counter", password: "secret" } });
    await elected(a, ANNE);
    await etcd.stop();
  });
});

describe("etcd settings that make no sense", () => {
  const opening = (options: object) => () =>
    openEtcd({ endpoints: [], clock: systemClock, logger: silentLog, ...options });

  it("are refused with the value and what would do", () => {
    assert.throws(opening({}), /No etcd endpoint is given; expected at least one, for example 127\.0\.0\.1:2379/);
    assert.throws(opening({ endpoints: ["localhost"] }), /"localhost" is not an etcd endpoint; expected host:port/);
    assert.throws(opening({ endpoints: ["ftp://a:1"] }), /"ftp:\/\/a:1" is not an etcd endpoint/);
    assert.throws(opening({ endpoints: ["http://a:1", "https://b:2"] }), /http:\/\/a:1 is without TLS/);
    for (const fine of ["etcd://a:1", "https://[::1]:2379/", "etcd-0.etcd:2379"]) opening({ endpoints: [fine] })();
  });
});

/** Turns authentication on, with a user `counter` (password `secret`) who may do everything below `prefix`. */
async function withUser(endpoint: string, prefix: string): Promise<void> {
  const admin = new Etcd3({ hosts: `http://${endpoint}` });
  await admin.user("root").create("toor");
  await admin.role("root").create();
  await admin.user("root").addRole("root");
  const role = admin.role("counter");
  await role.create();
  await role.grant({ permission: "Readwrite", range: admin.range({ prefix }) });
  const user = admin.user("counter");
  await user.create("secret");
  await user.addRole("counter");
  await admin.auth.authEnable();
  admin.close();
}
