import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { eventually } from "../../eventually.ts";
import { ANNE, BERT, committed, elected, head, headOf, keyOf } from "../../ports/store/contract_words.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import { BehindProxy } from "./behind_proxy.ts";
import { DroppingProxy } from "./dropping_proxy.ts";
import { CALL_MS, failsAs, SHORT_LEASE_MS, within } from "./etcd_handles.ts";

/** When the network drops answers, a call is known to be applied, known not to be, or reported as unknown. */
describe("a network between a node and etcd", () => {
  const set = new BehindProxy();

  const open = (...endpoints: readonly string[]) => set.handles.open(endpoints, { prefix: set.prefix });

  it("that drops the answer to a commit: unknown, applied, and the next compare settles it (H20)", async () => {
    const [a, direct] = [open(set.proxy.endpoint), open(set.etcd.endpoint)];
    const lease = await elected(a, ANNE);
    const read = await committed(a, lease, 0, "1");
    set.proxy.dropAnswers();
    await assert.rejects(within(2 * CALL_MS, a.store.commit(lease, read, head("2"))), failsAs("unknown"));
    assert.ok(set.proxy.droppedBytes > 0);
    assert.equal(await headOf(direct), "2");
    set.proxy.heal();
    const settled = await a.store.commit(lease, read, head("2 again"));
    assert.equal(settled.kind, "refused");
    assert.deepEqual(settled, {
      kind: "refused",
      leader: await keyOf(direct, lease.epoch, ANNE),
      headRevision: settled.headRevision,
    });
    assert.ok(settled.headRevision > read);
    assert.equal(await headOf(a), "2");
    await committed(a, lease, settled.headRevision, "3");
  });

  it("that drops the answer to a campaign: the key does not stay with a node that does not know (H22)", async () => {
    const a = set.handles.open([set.proxy.endpoint], { prefix: set.prefix, ttlMs: SHORT_LEASE_MS });
    const direct = open(set.etcd.endpoint);
    set.proxy.dropAnswersFrom(ANNE.address);
    await assert.rejects(a.election.campaign(ANNE), failsAs("unknown"));
    assert.ok(set.proxy.droppedBytes > 0);
    assert.equal((await direct.election.leader())?.nodeId, ANNE.nodeId);
    const taken = await eventually(() => direct.election.campaign(BERT));
    await keyOf(direct, taken.epoch, BERT);
    set.proxy.heal();
    assert.equal(await eventually(() => a.election.leader().catch(() => null)).then(({ nodeId }) => nodeId), "bert");
  });

  it("that drops only the answer to a campaign: its lease is revoked, not waited for (H22)", async () => {
    const a = set.handles.open([set.proxy.endpoint], { prefix: set.prefix, ttlMs: 600_000 });
    const direct = open(set.etcd.endpoint);
    set.proxy.dropAnswersFrom(ANNE.address);
    await assert.rejects(a.election.campaign(ANNE), failsAs("unknown"));
    set.proxy.heal();
    await eventually(() => direct.election.campaign(BERT));
  });

  it("that drops the answer to a lease grant: no key is put, and the next campaign wins", async () => {
    const [a, direct] = [open(set.proxy.endpoint), open(set.etcd.endpoint)];
    await a.election.leader();
    set.proxy.dropAnswers();
    await assert.rejects(a.election.campaign(ANNE), failsAs("unknown"));
    assert.equal(await direct.election.leader(), null);
    set.proxy.heal();
    // The attempt to connect for the revocation, which began before, may take this one with it.
    await eventually(() => a.election.campaign(ANNE).catch(() => null));
  });

  it("that is pulled and plugged in again: calls end at their deadlines and then reconnect at once", async () => {
    const [a, holdsTheOldConnection] = [open(set.proxy.endpoint), open(set.proxy.endpoint)];
    const lease = await elected(a, ANNE);
    await everythingIn(holdsTheOldConnection.store);
    set.proxy.stall();
    await assert.rejects(within(2 * CALL_MS, a.store.commit(lease, 0, head("x"))), failsAs("unknown"));
    await assert.rejects(within(2 * CALL_MS, a.store.commit(lease, 0, head("x"))), failsAs("away", /no answer within/));
    await assert.rejects(within(2 * CALL_MS, a.store.readHead()), failsAs("away"));
    set.proxy.heal();
    assert.equal((await within(2 * CALL_MS, a.store.readHead())).headRevision, 0);
  });

  it("that cuts connections: the next call makes a new one", async () => {
    const a = open(set.proxy.endpoint);
    const lease = await elected(a, ANNE);
    let revision = 0;
    for (let i = 0; i < 5; i++) {
      set.proxy.cut();
      await eventually(() => everythingIn(a.store).catch(() => null));
      revision = await committed(a, lease, revision, String(i));
    }
  });

  it("that is slow: calls within their deadline succeed", async () => {
    const a = open(set.proxy.endpoint);
    const lease = await elected(a, ANNE);
    set.proxy.delay(100);
    await committed(a, lease, 0, "1");
    assert.equal(await lease.renew(), true);
  });

  it("with a peer that accepts and never speaks: away in time, without a trace, and the others serve", async () => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => {
      sockets.add(
        socket
          .on("error", () => {})
          .on("close", () => sockets.delete(socket))
          .resume(),
      );
    });
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const endpoint = `127.0.0.1:${(mute.address() as { port: number }).port}`;
    const alone = open(endpoint);
    for (let i = 0; i < 3; i++) {
      await assert.rejects(within(2 * CALL_MS, alone.store.readHead()), failsAs("away", /no answer within/));
    }
    await eventually(() => sockets.size === 0);
    const both = open(endpoint, set.etcd.endpoint);
    await within(2 * CALL_MS, both.store.readHead());
    mute.close();
  });

  it("with a member that froze: the next call goes to another", async () => {
    const other = await DroppingProxy.start(Number(set.etcd.endpoint.split(":")[1]));
    other.stall();
    const a = open(set.proxy.endpoint, other.endpoint);
    const lease = await elected(a, ANNE);
    other.heal();
    set.proxy.stall();
    await assert.rejects(within(2 * CALL_MS, a.store.commit(lease, 0, head("x"))), failsAs("unknown"));
    const revision = await within(2 * CALL_MS, committed(a, lease, 0, "1"));
    set.proxy.heal();
    other.stall();
    await assert.rejects(within(2 * CALL_MS, a.store.readHead()), failsAs("away"));
    assert.equal((await within(2 * CALL_MS, a.store.readHead())).headRevision, revision);
    await other.close();
  });

  it("is left at once by a client that is closed in the middle of calls", async () => {
    const a = set.handles.open([set.proxy.endpoint], { prefix: set.prefix, callTimeoutMs: 60_000 });
    const lease = await elected(a, ANNE);
    set.proxy.stall();
    const calls = [
      assert.rejects(a.store.commit(lease, 0, head("x")), failsAs("unknown")),
      assert.rejects(a.store.readHead(), failsAs("away")),
      assert.rejects(lease.renew(), failsAs("away")),
    ];
    await new Promise((resolve) => setTimeout(resolve, 100));
    await a.close();
    await within(10_000, Promise.all(calls));
  });
});
