import assert from "node:assert/strict";
import { PAGE_NAMES } from "../../../internal/core/ledger/pages_encoding.ts";
import type { Store } from "../../../internal/ports/store.ts";
import { readLedger } from "../../../internal/services/ledger/read_ledger.ts";
import { needs } from "../../needs.ts";
import type { SimCluster } from "../cluster.ts";
import { SimStoreClient } from "../sim_store.ts";
import { SimProcess } from "../world.ts";
import { beginKeyed } from "./keyed_story.ts";
import { elections, endsExactly, KINDS, leaderOf, ledgerOf } from "./story.ts";

const WITHOUT_PAUSE = { chunk: async () => true, entry: () => null };

/** A ledger is read in pieces of different moments, and reading takes as long as it takes. */
describe("histories: reading a ledger", () => {
  for (const kind of KINDS) {
    it(`H64 (${kind}): pages are folded and rounds dropped after a reader took the pages: it reads a ledger that was there`, async () => {
      const cluster = await beginKeyed(3, kind);
      const sums = sumsByRevision(cluster);
      hitMany(cluster, 60_000);
      await cluster.run(8_000);
      let attempts = 0;
      const reader = readerOf(cluster, async () => {
        if (++attempts <= 3) await roundsAreDropped(cluster);
      });
      const read = readLedger(reader, WITHOUT_PAUSE);
      await cluster.run(52_000);
      const { ledger, headRevision } = (await read) ?? assert.fail("it was not read");
      assert.ok(attempts > 3, `the ledger was read ${attempts} times`);
      assert.equal(ledger?.totals.sum, sums.get(headRevision));
      await endsExactly(cluster);
    });

    it(`H66 (${kind}): reading takes longer than several leases: the first leader that reads the ledger goes on with it`, async function () {
      needs(this, "more time");
      const cluster = await beginKeyed(3, kind);
      hitMany(cluster, 10_000);
      await cluster.run(12_000);
      Object.assign(cluster.store, { chunkBytes: 200, scanMs: 300 });
      hitMany(cluster, 8_000);
      const before = { elections: elections(cluster), version: ledgerOf(cluster).version };
      cluster.kill(leaderOf(cluster));
      const killedAt = cluster.world.now;
      assert.ok(await cluster.until(() => ledgerOf(cluster).version > before.version, 90_000), "nobody commits");
      const took = cluster.world.now - killedAt;
      assert.ok(took > 12_000, `it took ${took} ms: that is no long reading`);
      assert.equal(elections(cluster), before.elections + 1, "leaders took turns");
      await endsExactly(cluster);
    });
  }
});

/** Hits of many counters, so that pages are folded in turn. */
function hitMany(cluster: SimCluster, ms: number): void {
  for (let at = 0; at < ms; at += 50)
    cluster.world.after(at, () => cluster.up().forEach((machine) => void cluster.hit(machine, `page-${at % 31}`)));
}

/** The sum of all totals of each revision of `head`, from now on. */
function sumsByRevision(cluster: SimCluster): ReadonlyMap<number, bigint> {
  const sums = new Map<number, bigint>();
  const { store } = cluster;
  const write = store.write.bind(store);
  store.write = (...args) => {
    const outcome = write(...args);
    sums.set(store.headRevision, ledgerOf(cluster).totals.sum);
    return outcome;
  };
  return sums;
}

/** Another process that reads the store. `tookPages`: called whenever it has taken all pages, before it takes the rounds. */
function readerOf(cluster: SimCluster, tookPages: () => Promise<void>): Store {
  const client: Store = new SimStoreClient(cluster.store, new SimProcess(cluster.world, "reader"), cluster.world);
  const scan: Store["scan"] = async (range, maxBytes) => {
    const chunk = await client.scan(range, maxBytes);
    if (range.to === PAGE_NAMES.to) await tookPages();
    return chunk;
  };
  return { ...client, readHead: () => client.readHead(), scan };
}

/** Resolves when the oldest round of now is deleted. */
function roundsAreDropped(cluster: SimCluster): Promise<void> {
  const { layout } = ledgerOf(cluster);
  const tail = layout?.tail ?? 0;
  return new Promise((resolve) => {
    const look = () => {
      if ((ledgerOf(cluster).layout?.tail ?? 0) > tail) resolve();
      else cluster.world.after(100, look);
    };
    look();
  });
}
