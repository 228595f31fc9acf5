import assert from "node:assert/strict";
import { eventually } from "../../eventually.ts";
import { ANNE, BERT, committed, elected, head, keep, keyOf } from "./contract_words.ts";
import { everythingIn } from "./everything_in.ts";
import type { Backend } from "./store_backends.ts";

export function electionTests(backend: Backend): void {
  it("goes to one of many candidates", async () => {
    const processes = await Promise.all(Array.from({ length: 4 }, () => backend.open()));
    const leases = await Promise.all(
      processes.map(({ election }, i) => election.campaign({ ...ANNE, nodeId: `n${i}` })),
    );
    const winner = leases.findIndex((lease) => lease !== null);
    assert.equal(leases.filter((lease) => lease !== null).length, 1);
    assert.equal((await processes[0]!.election.leader())?.nodeId, `n${winner}`);
  });

  it("is not given again to its holder", async () => {
    const a = await backend.open();
    const { epoch } = await elected(a, ANNE);
    assert.equal(await a.election.campaign(ANNE), null);
    await keyOf(a, epoch, ANNE);
  });

  it("grows its epoch with each leader, also across commits", async () => {
    const a = await backend.open();
    const epochs = [];
    for (let i = 0; i < 3; i++) {
      const lease = await elected(a, ANNE);
      epochs.push(lease.epoch, await committed(a, lease, (await a.store.readHead()).headRevision, String(i)));
      await lease.resign();
    }
    assert.deepEqual(
      epochs,
      [...new Set(epochs)].sort((x, y) => x - y),
    );
  });

  it("stays while it is renewed", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    const lease = await elected(a, ANNE);
    assert.equal(lease.ttl, backend.ttlMs);
    const stop = keep(lease);
    const until = performance.now() + 2 * lease.ttl;
    while (performance.now() < until) {
      assert.equal(await b.election.campaign(BERT), null);
      await new Promise((resolve) => setTimeout(resolve, lease.ttl / 5));
    }
    stop();
    assert.equal(await lease.renew(), true);
  });

  it("ends when it is not renewed: another takes over, the old leader neither renews nor commits (H10, H21)", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    const old = await elected(a, ANNE);
    const revision = await committed(a, old, 0, "1");
    const taken = await eventually(() => b.election.campaign(BERT));
    assert.ok(taken.epoch > revision);
    assert.equal(await old.renew(), false);
    assert.equal((await a.store.commit(old, revision, head("x"))).kind, "refused");
    await committed(b, taken, revision, "2");
  });

  it("is not revived by a late renewal when nobody has taken it", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    const lease = await elected(a, ANNE);
    await eventually(async () => (await b.election.leader()) === null);
    assert.equal(await lease.renew(), false);
    assert.equal((await everythingIn(b.store)).leader, null);
    await elected(b, BERT);
  });

  it("is free at once after resigning", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    const lease = await elected(a, ANNE);
    await lease.resign();
    assert.equal(await b.election.leader(), null);
    await elected(b, BERT);
    assert.equal(await lease.renew(), false);
  });

  it("is not taken from the next leader by a late resignation (H18)", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    const old = await elected(a, ANNE);
    const taken = await eventually(() => b.election.campaign(BERT));
    await old.resign();
    assert.equal((await b.election.leader())?.epoch, taken.epoch);
    await old.resign();
    assert.equal(await taken.renew(), true);
  });

  it("is taken over from a leader that has ended: the old epoch neither renews nor commits", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    const old = await elected(a, ANNE);
    const revision = await committed(a, old, 0, "1");
    const key = await b.election.leader();
    assert.ok(key);
    const taken = await b.election.takeOver(BERT, key);
    assert.ok(taken && taken.epoch > old.epoch);
    assert.equal(await old.renew(), false);
    assert.equal((await a.store.commit(old, revision, head("x"))).kind, "refused");
    await committed(b, taken, revision, "2");
  });

  it("is not taken over from a later leader than the one whose end was seen (H57)", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    await elected(a, ANNE);
    const key = await a.election.leader();
    assert.ok(key);
    const taken = await b.election.takeOver(BERT, key);
    assert.ok(taken);
    assert.equal(await a.election.takeOver(ANNE, key), null);
    assert.equal((await a.election.leader())?.epoch, taken.epoch);
    assert.equal(await taken.renew(), true);
  });
}
