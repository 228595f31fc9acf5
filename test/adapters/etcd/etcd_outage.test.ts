import assert from "node:assert/strict";
import type { Store, StoreError } from "../../../internal/ports/store.ts";
import { eventually } from "../../eventually.ts";
import { ANNE, BERT, committed, elected, head, headOf, puts } from "../../ports/store/contract_words.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import { DroppingProxy } from "./dropping_proxy.ts";
import { CALL_MS, EtcdHandles, failsAs, SHORT_LEASE_MS, within } from "./etcd_handles.ts";
import { EtcdProcess, requireEtcd } from "./etcd_process.ts";

/** Reconnecting is prompt: this is how late the first call after an outage may succeed, in milliseconds. */
const RECONNECT_MS = 2 * CALL_MS;

/** While etcd is away every call ends in time and says so. When it is back, exactly one node leads. */
describe("etcd that goes away", () => {
  const handles = new EtcdHandles();
  let etcd: EtcdProcess;
  before(async function () {
    requireEtcd(this);
  });
  beforeEach(async () => {
    etcd = await EtcdProcess.start();
  });
  afterEach(async () => {
    await handles.closeAll();
    await etcd.stop();
  });

  it("killed: nothing is applied and every call says so; restarted, it has everything", async () => {
    const a = handles.open([etcd.endpoint]);
    const lease = await elected(a, ANNE);
    const revision = await committed(a, lease, 0, "1");
    await etcd.kill();
    // Until the broken connection is noticed, a commit on it is unknown.
    await assert.rejects(a.store.readHead(), failsAs("away"));
    for (let i = 0; i < 3; i++) {
      await assert.rejects(
        within(CALL_MS, a.store.commit(lease, revision, head("x"))),
        failsAs("away", /ECONNREFUSED/),
      );
      await assert.rejects(a.store.readHead(), failsAs("away", /ECONNREFUSED/));
      await assert.rejects(a.election.leader(), failsAs("away"));
      await assert.rejects(a.election.campaign(ANNE), failsAs("away"));
      await assert.rejects(lease.renew(), failsAs("away"));
      await assert.rejects(a.discovery.members(), failsAs("away"));
    }
    await etcd.start();
    const image = await within(
      RECONNECT_MS,
      eventually(() => everythingIn(a.store).catch(() => null), RECONNECT_MS),
    );
    assert.equal(image.headRevision, revision);
    assert.equal(await lease.renew(), true);
    await committed(a, lease, revision, "2");
  });

  it("killed in the middle of a commit: its outcome is unknown", async () => {
    const a = handles.open([etcd.endpoint]);
    const lease = await elected(a, ANNE);
    etcd.pause();
    const commit = a.store.commit(lease, 0, head("1"));
    const refusal = assert.rejects(commit, failsAs("unknown"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await etcd.kill();
    await refusal;
  });

  it("paused longer than the lease: calls end at their deadlines, and then exactly one leads", async () => {
    const short = { ttlMs: SHORT_LEASE_MS };
    const [a, b] = [handles.open([etcd.endpoint], short), handles.open([etcd.endpoint], short)];
    const lease = await elected(a, ANNE);
    const revision = await committed(a, lease, 0, "1");
    etcd.pause();
    await assert.rejects(within(2 * CALL_MS, a.store.commit(lease, revision, head("2"))), failsAs("unknown"));
    await assert.rejects(within(2 * CALL_MS, a.store.readHead()), failsAs("away"));
    await assert.rejects(within(2 * CALL_MS, lease.renew()), failsAs("away"));
    await new Promise((resolve) => setTimeout(resolve, lease.ttl));
    etcd.resume();
    await within(
      RECONNECT_MS,
      eventually(() => everythingIn(b.store).catch(() => null), RECONNECT_MS),
    );
    const taken = await eventually(() => b.election.campaign(BERT).catch(() => null));
    assert.equal(await lease.renew(), false);
    const { headRevision } = await b.store.readHead();
    assert.equal((await a.store.commit(lease, headRevision, head("x"))).kind, "refused");
    await committed(b, taken, headRevision, "3");
    assert.equal(await headOf(a), "3");
  });

  it("is registered with again when it comes back", async () => {
    const a = handles.open([etcd.endpoint], { memberTtlMs: 2_000 });
    a.discovery.register({ id: "a", name: "a", region: "eu", peerAddress: "h:1", url: "http://h:2" });
    await eventually(async () => (await a.discovery.members()).length === 1);
    await etcd.kill();
    await assert.rejects(a.discovery.members(), failsAs("away"));
    await etcd.wipe();
    await eventually(async () => (await a.discovery.members().catch(() => [])).length === 1);
  });

  it("all members away: the error names each and why", async () => {
    const a = handles.open(["127.0.0.1:1", "nowhere.invalid:2379"]);
    await assert.rejects(
      a.store.readHead(),
      failsAs("away", /127\.0\.0\.1:1: .*ECONNREFUSED.*nowhere\.invalid:2379: .*nowhere\.invalid/),
    );
  });
});

describe("etcd of several members", () => {
  const handles = new EtcdHandles();
  let members: readonly EtcdProcess[];
  before(function () {
    requireEtcd(this);
  });
  afterEach(async () => {
    await handles.closeAll();
    await Promise.all(members.map((member) => member.stop()));
  });

  it("goes on with the others while one is away, whichever it is", async () => {
    members = await EtcdProcess.startCluster(3);
    // Members elect a leader meanwhile.
    const patient = { callTimeoutMs: 10 * CALL_MS };
    const a = handles.open(
      members.map(({ endpoint }) => endpoint),
      patient,
    );
    await committed(a, await elected(a, ANNE), 0, "0");
    for (const [i, member] of members.entries()) {
      await member.kill();
      await eventually(() => a.store.overwrite(0, { puts: new Map() }).catch(() => null));
      const { headRevision } = await a.store.readHead();
      assert.equal((await a.store.overwrite(headRevision, head(String(i + 1)))).kind, "committed");
      await member.start();
    }
    assert.equal(await headOf(a), "3");
  });

  it("is left by the next call where a member answers but has no leader", async () => {
    members = [...(await EtcdProcess.startCluster(2)), await EtcdProcess.start()];
    const [cutOff, gone, healthy] = members as [EtcdProcess, EtcdProcess, EtcdProcess];
    const proxy = await DroppingProxy.start(Number(healthy.endpoint.split(":")[1]));
    proxy.stall();
    const a = handles.open([cutOff.endpoint, proxy.endpoint]);
    await gone.kill();
    await eventually(() =>
      everythingIn(a.store).then(
        () => false,
        failsAs("away", /no leader|timed out|no answer|cancelled|deadline exceeded/i),
      ),
    );
    proxy.heal();
    for (let i = 0; i < 5; i++) await within(2 * CALL_MS, a.store.readHead());
    await proxy.close();
  });
});

describe("etcd without space", () => {
  const handles = new EtcdHandles();
  let etcd: EtcdProcess;
  before(async function () {
    requireEtcd(this);
    etcd = await EtcdProcess.start({ quotaBytes: 300_000 });
  });
  after(async () => {
    await handles.closeAll();
    await etcd?.stop();
  });

  it("refuses commits and campaigns as full, and goes on reading and renewing", async () => {
    const a = handles.open([etcd.endpoint]);
    const lease = await elected(a, ANNE);
    const shares = [await a.store.usedShare()];
    let revision = 0;
    const commitMore = async () => {
      shares.push(await a.store.usedShare());
      const outcome = await a.store.commit(lease, revision, { puts: new Map([["head", Buffer.alloc(50_000)]]) });
      revision = outcome.headRevision;
    };
    await assert.rejects(
      async () => {
        for (let i = 0; i < 100; i++) await commitMore();
      },
      failsAs("full", /space exceeded.*compact/),
    );
    assert.ok(shares[0]! > 0 && shares[0]! < 0.5 && shares.at(-1)! > 0.8, `it was used to ${shares.join(", ")}`);
    await assert.rejects(a.store.commit(lease, revision, head("x")), failsAs("full"));
    await assert.rejects(a.election.campaign(ANNE), failsAs("full"));
    // Not equal: what was refused may have been applied.
    assert.ok((await a.store.readHead()).headRevision >= revision);
    assert.ok((await a.store.scan({ from: "", to: "~" }, 1_000)).entries.has("head"));
    // Nothing can relieve it from within: a transaction that only deletes is taken, one that puts as well is not.
    const ranges = [{ from: "rounds/", to: "rounds0" }];
    await assert.rejects(a.store.commit(lease, revision, { ...head("x"), ranges }), failsAs("full"));
    assert.equal(await lease.renew(), true);
  });

  it("may have applied what it refuses, and says so; reading tells", async () => {
    let applied = 0;
    for (let attempt = 0; attempt < 20 && applied === 0; attempt++) applied += await appliedAndRefused(handles);
    assert.ok(applied > 0, "no transaction was applied and refused: this shows nothing");
  });

  it("refuses a transaction that is over its limits as full, too", async () => {
    const roomy = await EtcdProcess.start({ maxOperations: 99 });
    const a = handles.open([roomy.endpoint]);
    const lease = await elected(a, ANNE);
    const large = puts(["head", Buffer.alloc(2_000_000)]);
    await assert.rejects(a.store.commit(lease, 0, large), failsAs("full", /too large.*--max-request-bytes/));
    const many = puts(...Array.from({ length: 100 }, (_, i) => [`totals/${i}`, Buffer.from("1")] as const));
    await assert.rejects(a.store.commit(lease, 0, many), failsAs("full", /too many operations.*--max-txn-ops/));
    await assert.rejects(a.store.commit(lease, 0, many), (error: StoreError) => !error.mayBeApplied);
    assert.equal((await everythingIn(a.store)).entries.size, 0);
    await roomy.stop();
  });
});

/** Commits under ten prefixes at once until there is no space. Resolves to how many of the refused commits were applied. */
async function appliedAndRefused(handles: EtcdHandles): Promise<number> {
  const etcd = await EtcdProcess.start({ quotaBytes: 16_000_000 });
  try {
    // Ten at once may wait for each other on a busy machine: what is looked for here is a refusal.
    const patient = { callTimeoutMs: 10 * CALL_MS };
    const stores = Array.from(
      { length: 10 },
      (_, i) => handles.open([etcd.endpoint], { prefix: `/full/${i}/`, ...patient }).store,
    );
    const refused = await Promise.all(stores.map(commitUntilFull));
    return refused.filter((wasApplied) => wasApplied).length;
  } finally {
    await etcd.stop();
  }
}

/** Whether the commit that was refused is in the store all the same. */
async function commitUntilFull(store: Store): Promise<boolean> {
  for (let revision = 0, round = 1; ; round++) {
    const value = Buffer.alloc(100_000, round);
    try {
      revision = (await store.overwrite(revision, { puts: new Map([["head", value]]) })).headRevision;
    } catch (error) {
      failsAs("full", /space exceeded/)(error);
      assert.equal((error as StoreError).mayBeApplied, true);
      return Buffer.from((await everythingIn(store)).entries.get("head") ?? []).equals(value);
    }
  }
}
