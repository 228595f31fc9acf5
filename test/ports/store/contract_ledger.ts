import assert from "node:assert/strict";
import { ANNE, BERT, bytes, committed, elected, head, headOf, keyOf, puts } from "./contract_words.ts";
import { everythingIn } from "./everything_in.ts";
import type { Backend } from "./store_backends.ts";

export function ledgerTests(backend: Backend): void {
  it("is empty at first", async () => {
    const { store } = await backend.open();
    assert.deepEqual(await everythingIn(store), { entries: new Map(), headRevision: 0, leader: null });
  });

  it("gives back what was committed, to every byte", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    const lease = await elected(a, ANNE);
    const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const view = new Uint8Array(every.buffer, every.byteOffset + 100, 8);
    const written = new Map<string, Uint8Array>([
      ["head", every],
      ["totals/07", view],
      ["gone", new Uint8Array()],
    ]);
    const { headRevision } = await a.store.commit(lease, 0, { puts: written });
    const image = await everythingIn(b.store);
    const plain = [...image.entries].map(([name, value]) => [name, [...value]] as const).sort();
    assert.deepEqual(plain, [...written].map(([name, value]) => [name, [...value]] as const).sort());
    assert.equal(image.headRevision, headRevision);
    assert.deepEqual(image.leader, await keyOf(a, lease.epoch, ANNE));
  });

  it("deletes what is put as null", async () => {
    const a = await backend.open();
    const lease = await elected(a, ANNE);
    const first = await a.store.commit(lease, 0, puts(["head", bytes("1")], ["lost", bytes("x")]));
    await a.store.commit(lease, first.headRevision, puts(["head", bytes("2")], ["lost", null]));
    assert.deepEqual([...(await everythingIn(a.store)).entries.keys()], ["head"]);
  });

  it("moves the head's revision with each commit, and tells it", async () => {
    const a = await backend.open();
    const lease = await elected(a, ANNE);
    const first = await committed(a, lease, 0, "1");
    const second = await committed(a, lease, first, "2");
    assert.ok(lease.epoch < first && first < second, `${lease.epoch} ${first} ${second}`);
    assert.equal((await a.store.readHead()).headRevision, second);
  });

  it("refuses a head that changed since it was read, and tells both keys (H10)", async () => {
    const a = await backend.open();
    const lease = await elected(a, ANNE);
    const first = await committed(a, lease, 0, "1");
    const second = await committed(a, lease, first, "2");
    const expected = { kind: "refused", leader: await keyOf(a, lease.epoch, ANNE), headRevision: second };
    for (const stale of [first, 0, second + 1])
      assert.deepEqual(await a.store.commit(lease, stale, head("x")), expected);
    assert.equal(await headOf(a), "2");
  });

  it("takes revision 0 to mean that there is no head", async () => {
    const a = await backend.open();
    const lease = await elected(a, ANNE);
    const refused = await a.store.commit(lease, 7, head("x"));
    assert.deepEqual(refused, { kind: "refused", leader: await keyOf(a, lease.epoch, ANNE), headRevision: 0 });
    await committed(a, lease, 0, "1");
  });

  it("refuses an epoch that does not lead, and tells who does (H20)", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    const old = await elected(a, ANNE);
    const revision = await committed(a, old, 0, "1");
    await old.resign();
    assert.deepEqual(await a.store.commit(old, revision, head("x")), {
      kind: "refused",
      leader: null,
      headRevision: revision,
    });
    const { epoch } = await elected(b, BERT);
    assert.deepEqual(await a.store.commit(old, revision, head("x")), {
      kind: "refused",
      leader: await keyOf(b, epoch, BERT),
      headRevision: revision,
    });
    assert.equal(await headOf(b), "1");
  });

  it("commits one of many that read the same head", async () => {
    const processes = await Promise.all(Array.from({ length: 4 }, () => backend.open()));
    const lease = await elected(processes[0]!, ANNE);
    const revision = await committed(processes[0]!, lease, 0, "1");
    const outcomes = await Promise.all(processes.map(({ store }, i) => store.commit(lease, revision, head(`by ${i}`))));
    const winners = outcomes.flatMap(({ kind }, i) => (kind === "committed" ? [i] : []));
    assert.equal(winners.length, 1);
    assert.equal(await headOf(processes[0]!), `by ${winners[0]}`);
  });

  it("refuses an earlier holder whose epoch and head another one has by now", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    const old = await elected(a, ANNE);
    await old.resign();
    const taken = await elected(b, BERT);
    const revision = await committed(b, taken, 0, "1");
    // As in a store that was wiped: its revisions begin anew.
    const repeated = { ...old, epoch: taken.epoch };
    assert.equal((await a.store.commit(repeated, revision, head("x"))).kind, "refused");
    assert.equal(await headOf(a), "1");
  });

  it("is overwritten without a leader, but not when its head has changed", async () => {
    const a = await backend.open();
    const first = await a.store.overwrite(0, head("1"));
    assert.equal(first.kind, "committed");
    assert.deepEqual(await a.store.overwrite(0, head("x")), { ...first, kind: "refused", leader: null });
    assert.equal((await a.store.overwrite(first.headRevision, head("2"))).kind, "committed");
    assert.equal(await headOf(a), "2");
  });
}
