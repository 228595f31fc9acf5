import assert from "node:assert/strict";
import { MAX_OPERATIONS } from "../../../internal/core/ledger/transaction.ts";
import type { EntryRange, Puts, Store } from "../../../internal/ports/store.ts";
import { ANNE, bytes, committed, elected, head, keyOf, puts } from "./contract_words.ts";
import type { Backend } from "./store_backends.ts";

const ALL = { from: "", to: "~" };

/** Reading in pieces and deleting ranges: in the order of names, linearizable, and within limits that are the same everywhere. */
export function rangeTests(backend: Backend): void {
  it("reads the head with its revision and the leader key", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    assert.deepEqual(await a.store.readHead(), { head: null, headRevision: 0, leader: null });
    const lease = await elected(a, ANNE);
    assert.deepEqual(await b.store.readHead(), {
      head: null,
      headRevision: 0,
      leader: await keyOf(b, lease.epoch, ANNE),
    });
    const revision = await committed(a, lease, 0, "1");
    const { head: value, ...rest } = await b.store.readHead();
    assert.equal(String(Buffer.from(value ?? "")), "1");
    assert.deepEqual(rest, { headRevision: revision, leader: await keyOf(b, lease.epoch, ANNE) });
  });

  it("scans in the order of names, without the leader key", async () => {
    const a = await backend.open();
    await elected(a, ANNE);
    const names = [
      "rounds/9",
      "head",
      "rounds/10",
      "m",
      "keys/1",
      "rounds/",
      "k",
      "leader-",
      "leades",
      "leade",
      "Z",
      "!",
    ];
    await write(a.store, new Map(names.map((name) => [name, bytes(name)])));
    const { entries, next } = await a.store.scan(ALL, 1_000_000);
    assert.deepEqual(
      texts(entries),
      [...names].sort().map((name) => [name, name]),
    );
    assert.equal(next, null);
  });

  it("scans what is in the range: its beginning, and not its end", async () => {
    const a = await backend.open();
    await write(a.store, new Map(["a", "b", "b0", "c", "d"].map((name) => [name, bytes(name)])));
    const inRange = async (range: EntryRange) => [...(await entriesOf(a.store, range)).keys()].join();
    assert.equal(await inRange({ from: "b", to: "d" }), "b,b0,c");
    assert.equal(await inRange({ from: "b\0", to: "b1" }), "b0");
    assert.equal(await inRange({ from: "d", to: "d" }), "");
    assert.equal(await inRange({ from: "d", to: "a" }), "");
    assert.equal(await inRange({ from: "w", to: "~" }), "");
  });

  it("scans in pieces of at most as many bytes as are asked for, and of one entry at least", async () => {
    const a = await backend.open();
    await elected(a, ANNE);
    const sizes = [0, 1, 70, 100, 101, 5_000, 10, 40, 40, 40, 3, 0, 99, 100, 100, 2];
    const written = new Map([...sizes.entries()].map(([i, size]) => [name(i), Buffer.alloc(size, i)]));
    written.set("head", Buffer.from("1"));
    await write(a.store, written);
    for (const maxBytes of [1, 100, 120, 250, 10_000]) {
      const pieces = await piecesOf(a.store, ALL, maxBytes);
      const together = new Map(pieces.flatMap((piece) => [...piece]));
      assert.deepEqual(texts(together), texts(new Map([...written].sort(([a], [b]) => (a < b ? -1 : 1)))));
      for (const piece of pieces) {
        const bytes = [...piece.values()].reduce((sum, { length }) => sum + length, 0);
        assert.ok(piece.size <= 1 || bytes <= maxBytes, `${piece.size} entries of ${bytes} bytes, not ${maxBytes}`);
      }
      // Pieces are not smaller than they have to be, once sizes are known.
      assert.ok(maxBytes < 10_000 || pieces.length <= 2, `${pieces.length} pieces`);
    }
    function name(i: number): string {
      return `pages/${String(i).padStart(4, "0")}`;
    }
  });

  it("scans entries that follow smaller ones", async () => {
    const a = await backend.open();
    const large = Array.from({ length: 8 }, (_, i) => [`b/${i}`, Buffer.alloc(1_000_000, i)] as const);
    const small = Array.from({ length: 100 }, (_, i) => [`a/${100 + i}`, Buffer.alloc(100, i)] as const);
    await write(a.store, new Map(small));
    for (const [name, value] of large) await write(a.store, new Map([[name, value]]));
    for (let times = 0; times < 2; times++) {
      const pieces = await piecesOf(a.store, ALL, 1_000_000);
      const read = [...new Map(pieces.flatMap((piece) => [...piece]))].filter(([name]) => name !== "head");
      assert.deepEqual(
        read.map(([name, { length }]) => `${name} ${length}`),
        [...small, ...large].map(([name, { length }]) => `${name} ${length}`),
      );
      const written = new Map<string, Buffer>([...small, ...large]);
      for (const [name, value] of read) assert.ok(written.get(name)?.equals(value), name);
    }
  });

  it("scans the newest state, whoever wrote it", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    for (let i = 0; i < 20; i++) {
      await write(i % 2 === 0 ? a.store : b.store, new Map([["rounds/1", bytes(String(i))]]));
      for (const { store } of [a, b])
        assert.deepEqual(texts((await store.scan({ from: "rounds/", to: "rounds0" }, 100)).entries), [
          ["rounds/1", String(i)],
        ]);
    }
  });

  it("deletes ranges in the transaction that puts", async () => {
    const a = await backend.open();
    const lease = await elected(a, ANNE);
    const rounds = Array.from({ length: 9 }, (_, i) => `rounds/${i + 1}`);
    const revision = await write(
      a.store,
      new Map(["gone", ...rounds, "rounds0"].map((name) => [name, bytes(name)])),
      lease,
    );
    const ranges = [
      { from: "rounds/", to: "rounds/4" },
      { from: "rounds/7", to: "rounds/8" },
      { from: "x", to: "y" },
    ];
    const outcome = await a.store.commit(lease, revision, {
      ...puts(["head", bytes("2")], ["rounds/91", bytes("x")]),
      ranges,
    });
    assert.equal(outcome.kind, "committed");
    const names = [...(await entriesOf(a.store, ALL)).keys()];
    assert.deepEqual(names, [
      "gone",
      "head",
      "rounds/4",
      "rounds/5",
      "rounds/6",
      "rounds/8",
      "rounds/9",
      "rounds/91",
      "rounds0",
    ]);
    assert.equal((await a.store.readHead()).leader?.epoch, lease.epoch);
  });

  it("deletes no range when the transaction is refused", async () => {
    const a = await backend.open();
    const revision = await write(a.store, new Map([["rounds/1", bytes("1")]]));
    const ranges = [{ from: "rounds/", to: "rounds0" }];
    assert.equal((await a.store.overwrite(revision + 1, { ...head("2"), ranges })).kind, "refused");
    assert.equal((await a.store.commit({ epoch: 1, nonce: "1" }, revision, { ...head("2"), ranges })).kind, "refused");
    assert.deepEqual([...(await entriesOf(a.store, ALL)).keys()], ["head", "rounds/1"]);
  });

  it("tells the head's revision also after a transaction that leaves the head alone, and 0 after one that deletes it", async () => {
    const a = await backend.open();
    const revision = await write(a.store, new Map([["rounds/1", bytes("1")]]));
    const other = await a.store.overwrite(revision, puts(["rounds/2", bytes("2")]));
    assert.deepEqual(other, { kind: "committed", headRevision: revision });
    assert.equal((await a.store.readHead()).headRevision, revision);
    const deleted = await a.store.overwrite(revision, { puts: new Map(), ranges: [{ from: "h", to: "i" }] });
    assert.deepEqual(deleted, { kind: "committed", headRevision: 0 });
    const again = await a.store.overwrite(0, head("1"));
    assert.deepEqual(await a.store.overwrite(again.headRevision, puts(["head", null])), deleted);
    assert.equal((await a.store.readHead()).headRevision, 0);
  });

  it("takes as many operations as the port says", async () => {
    const a = await backend.open();
    const many = Array.from({ length: MAX_OPERATIONS - 2 }, (_, i) => [`pages/${i}`, bytes("1")] as const);
    const ranges = [{ from: "rounds/", to: "rounds/5" }];
    const lease = await elected(a, ANNE);
    const full = { ...puts(["head", bytes("1")], ...many), ranges };
    const outcome = await a.store.commit(lease, 0, full);
    assert.equal(outcome.kind, "committed");
    assert.equal((await a.store.overwrite(outcome.headRevision, full)).kind, "committed");
    const tooMany = { ...puts(["head", bytes("1")], ["x", null], ...many), ranges };
    await refuses(a.store, tooMany, /129 operations.*at most 128/);
  });

  it("refuses what some store cannot take, before it is sent", async () => {
    const { store } = await backend.open();
    const deleting = (from: string, to: string) => ({
      ...puts(["b", bytes("1")], ["d", null]),
      ranges: [{ from, to }],
    });
    await refuses(store, deleting("a", "c"), /from "a" to "c".*puts or deletes "b"/);
    await refuses(store, deleting("c", "e"), /puts or deletes "d"/);
    await refuses(store, deleting("b", "b\0"), /puts or deletes "b"/);
    await refuses(store, deleting("a", "a"), /empty/);
    await refuses(store, deleting("a", ""), /empty/);
    await refuses(store, deleting("h", "m"), /"leader" is among them/);
    for (const name of ["", "leader", "é", "a b", "a\0"])
      await refuses(store, puts([name, bytes("1")]), /cannot name an entry/);
    assert.equal((await store.scan(ALL, 100)).entries.size, 0);
  });
}

async function refuses(store: Store, writes: Parameters<Store["overwrite"]>[1], words: RegExp): Promise<void> {
  const isRefusal = (error: unknown) => error instanceof RangeError && words.test(error.message);
  await assert.rejects(store.overwrite(0, writes), isRefusal);
  await assert.rejects(store.commit({ epoch: 1, nonce: "1" }, 0, writes), isRefusal);
}

/** Puts `entries` and a head, whatever it was. Resolves to its new revision. */
async function write(
  store: Store,
  entries: Puts,
  holder: Parameters<Store["commit"]>[0] | null = null,
): Promise<number> {
  const { headRevision } = await store.readHead();
  const writes = { puts: new Map([["head", bytes("1")], ...entries]) };
  const outcome = await (holder ? store.commit(holder, headRevision, writes) : store.overwrite(headRevision, writes));
  assert.equal(outcome.kind, "committed");
  return outcome.headRevision;
}

async function entriesOf(store: Store, range: EntryRange): Promise<ReadonlyMap<string, Uint8Array>> {
  return new Map((await piecesOf(store, range, 1_000_000)).flatMap((piece) => [...piece]));
}

async function piecesOf(store: Store, range: EntryRange, maxBytes: number): Promise<ReadonlyMap<string, Uint8Array>[]> {
  const pieces: ReadonlyMap<string, Uint8Array>[] = [];
  for (let from: string | null = range.from; from !== null; ) {
    const { entries, next } = await store.scan({ from, to: range.to }, maxBytes);
    assert.ok(entries.size > 0 || next === null, `an empty piece from ${JSON.stringify(from)}`);
    pieces.push(entries);
    from = next;
  }
  return pieces;
}

function texts(entries: ReadonlyMap<string, Uint8Array>): [name: string, value: string][] {
  return [...entries].map(([name, value]) => [name, Buffer.from(value).toString()]);
}
