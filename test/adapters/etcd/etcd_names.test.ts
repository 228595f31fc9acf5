import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lookup } from "../../../internal/adapters/etcd/addresses.ts";
import { eventually } from "../../eventually.ts";
import { ANNE, committed, elected, headOf } from "../../ports/store/contract_words.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import { Authority } from "./certificates.ts";
import { DroppingProxy } from "./dropping_proxy.ts";
import { CALL_MS, EtcdHandles, failsAs, within } from "./etcd_handles.ts";
import { EtcdProcess, requireEtcd } from "./etcd_process.ts";

/** Names that a test gives to addresses, and takes away again. */
class Names {
  readonly known = new Map<string, readonly string[]>();
  trouble: "none" | "fails" | "hangs" = "none";
  questions = 0;

  readonly lookup: Lookup = async (host) => {
    this.questions++;
    if (this.trouble === "hangs") return new Promise(() => {});
    const addresses = this.known.get(host);
    if (this.trouble === "fails" || !addresses) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
    return addresses;
  };
}

/** etcd behind a name is found again when its address changes, and a name that is not known is said to be so. */
describe("etcd behind a name", () => {
  const handles = new EtcdHandles();
  let etcd: EtcdProcess;
  let names: Names;
  before(function () {
    requireEtcd(this);
  });
  beforeEach(async () => {
    etcd = await EtcdProcess.start();
    names = new Names();
    names.known.set("etcd.test", ["127.0.0.1"]);
  });
  afterEach(async () => {
    await handles.closeAll();
    await etcd.stop();
  });

  const endpoint = () => `etcd.test:${etcd.endpoint.split(":")[1]}`;
  const open = () => handles.open([endpoint()], { lookup: names.lookup });

  it("is connected to before it is needed, so that the name may go", async () => {
    const proxy = await DroppingProxy.start(Number(etcd.endpoint.split(":")[1]));
    const a = handles.open([proxy.endpoint.replace("127.0.0.1", "etcd.test")], { lookup: names.lookup });
    await eventually(() => proxy.connections > 0);
    names.trouble = "fails";
    await everythingIn(a.store);
    assert.equal(names.questions, 1);
    await a.close();
    await proxy.close();
  });

  for (const trouble of ["fails", "hangs"] as const) {
    it(`is found again after a restart although the name ${trouble}`, async () => {
      const a = open();
      const lease = await elected(a, ANNE);
      await committed(a, lease, 0, "1");
      names.trouble = trouble;
      await etcd.kill();
      await assert.rejects(a.store.readHead(), failsAs("away"));
      await etcd.start();
      await within(
        2 * CALL_MS,
        eventually(() => everythingIn(a.store).catch(() => null)),
      );
      assert.equal(await headOf(a), "1");
    });
  }

  it("is followed to another address", async () => {
    const a = open();
    await everythingIn(a.store);
    await etcd.kill();
    await assert.rejects(a.store.readHead(), failsAs("away"));
    await etcd.start();
    names.known.set("etcd.test", ["127.0.0.2"]);
    await assert.rejects(a.store.readHead(), failsAs("away", /ECONNREFUSED 127.0.0.2/));
    names.known.set("etcd.test", ["127.0.0.2", "127.0.0.1"]);
    await within(2 * CALL_MS, a.store.readHead());
  });

  it("that nobody ever knew is said to be unknown", async () => {
    names.trouble = "fails";
    await assert.rejects(open().store.readHead(), failsAs("away", /etcd\.test:\d+: getaddrinfo ENOTFOUND etcd\.test/));
  });

  it("of which nothing is heard is not waited for longer than for a connection", async () => {
    names.trouble = "hangs";
    await assert.rejects(
      within(2 * CALL_MS, open().store.readHead()),
      failsAs("away", /etcd\.test:\d+: no address within/),
    );
  });

  it("is asked for once at a time, however many calls wait for it", async () => {
    names.trouble = "hangs";
    const a = open();
    await Promise.allSettled([a.store.readHead(), a.store.readHead(), a.election.leader()]);
    assert.equal(names.questions, 1);
  });
});

describe("etcd behind a name and TLS", () => {
  const handles = new EtcdHandles();
  const folder = mkdtempSync(join(tmpdir(), "etcd-names-"));
  let etcd: EtcdProcess;
  let authority: Authority;
  before(async function () {
    requireEtcd(this);
    authority = new Authority(folder, "ca");
    etcd = await EtcdProcess.start({ tls: authority.issue("server", "DNS:etcd.test") });
  });
  afterEach(() => handles.closeAll());
  after(async () => {
    await etcd?.stop();
    rmSync(folder, { recursive: true });
  });

  const open = (host: string) => {
    const endpoints = [`${host}:${etcd.endpoint.split(":")[1]}`];
    const lookup = async () => ["127.0.0.1"];
    return handles.open(endpoints, { tls: { ca: readFileSync(authority.cert) }, lookup });
  };

  it("shows a certificate of that name", async () => {
    assert.equal((await open("etcd.test").store.readHead()).headRevision, 0);
  });

  it("is refused by another name, though it is at the same address", async () => {
    await assert.rejects(open("other.test").store.readHead(), failsAs("denied", /other\.test/));
  });
});
