import assert from "node:assert/strict";
import type { Ledger } from "../../../internal/core/ledger/ledger.ts";
import { pageName } from "../../../internal/core/ledger/pages_encoding.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import { Totals } from "../../../internal/core/ledger/totals.ts";
import { SETTINGS, type SimCluster } from "../cluster.ts";
import { beginKeyed } from "./keyed_story.ts";
import { endsExactly, KINDS, leaderOf, ledgerOf } from "./story.ts";

const COUNTERS = 30;

/** Rounds are folded into pages under any traffic and any leader. A wrong total is never folded over a right one. */
describe("histories: folding rounds into pages", () => {
  for (const kind of KINDS) {
    it(`H61 (${kind}): more counters change than the write budget can fold beside the rounds: the interval grows, and the kept rounds do not`, async () => {
      const cluster = await beginKeyed(3, kind, 1, { writeBudget: 1_000 });
      const { version: first } = ledgerOf(cluster);
      const seconds = 90;
      hitInTurn(cluster, seconds * 1_000, 2 * COUNTERS);
      for (let second = 0; second < seconds; second++) {
        await cluster.run(1_000);
        const most = SETTINGS.leader.limits.log! + bytesOfPages(cluster) + largestRound(cluster);
        assert.ok(
          bytesOf(cluster, "rounds/") <= most,
          `${bytesOf(cluster, "rounds/")} bytes of rounds, ${most} at most`,
        );
      }
      const { version, layout } = ledgerOf(cluster);
      assert.ok(
        version - first < 0.8 * seconds,
        `${version - first} rounds in ${seconds} s: the budget is not used up`,
      );
      assert.ok((layout?.tail ?? 0) > first, "no round was dropped");
      await endsExactly(cluster);
    });

    it(`H63 (${kind}): a leader folds what an earlier leader's rounds changed before it drops them`, async () => {
      const cluster = await beginKeyed(3, kind);
      hitInTurn(cluster, 3_000, COUNTERS);
      await cluster.run(4_500);
      const former = leaderOf(cluster);
      cluster.kill(former);
      const { version } = ledgerOf(cluster);
      const folded = [...cluster.store.entries.keys()].filter((name) => /^pages\/\d/.test(name));
      assert.ok(folded.length < COUNTERS / 2, `the former leader folded ${folded.length} pages`);
      // Of all that is left, the next leader itself changes one page only.
      const isDropped = () => (ledgerOf(cluster).layout?.tail ?? 0) > version + 1;
      assert.ok(await hitUntil(cluster, isDropped), "the former leader's rounds are never dropped");
      for (const machine of cluster.up()) cluster.kill(machine);
      for (const machine of cluster.machines.values()) cluster.startAgain(machine);
      await cluster.run(10_000);
      await endsExactly(cluster);
    });
  }

  it("H71: a total rots in the leader's memory, and a hit of its counter comes: nothing wrong is written", async () => {
    const memory = leadersMemory();
    try {
      const cluster = await beginKeyed(3);
      hitInTurn(cluster, 3_000, COUNTERS);
      await cluster.run(5_000);
      flipBit(memory.ledger().totals, "page-7");
      cluster.hit(leaderOf(cluster), "page-7");
      await isFoundAndMended(cluster);
    } finally {
      memory.forget();
    }
  });

  it("H71: a total rots in the leader's memory before its page is folded: nothing wrong is written", async () => {
    const memory = leadersMemory();
    try {
      const cluster = await beginKeyed(3);
      hitInTurn(cluster, 3_000, COUNTERS);
      await cluster.run(5_000);
      const { totals, layout } = memory.ledger();
      const unfolded = Array.from({ length: COUNTERS }, (_, i) => `page-${i}`).filter(
        (counter) => layout?.rounds.unfolded.has(totals.pageOf(counter)) && counter !== "page-0",
      );
      assert.ok(unfolded[0], "all pages are folded");
      flipBit(totals, unfolded[0]);
      await isFoundAndMended(cluster);
    } finally {
      memory.forget();
    }
  });

  it("H72: names are chosen that share a page by the hash as everybody knows it: here they lie in pages of their own", async () => {
    const known = new Totals();
    const names: string[] = [];
    for (let i = 0; names.length < 40; i++) if (known.pageOf(`n${i}`) === 7) names.push(`n${i}`);
    for (const seed of [1, 2]) {
      const cluster = await beginKeyed(2, "etcd", seed);
      for (let at = 0; at < 60_000; at += 1_000)
        cluster.world.after(at, () => {
          for (const name of names) cluster.hit(leaderOf(cluster), name);
        });
      await cluster.run(61_000);
      const { totals } = ledgerOf(cluster);
      const pages = new Set(names.map((name) => totals.pageOf(name)));
      assert.ok(pages.size > 35, `they share ${pages.size} pages`);
      const folded = [...pages].filter((page) => cluster.store.entries.has(pageName(page)));
      assert.ok(folded.length > 30, `${folded.length} pages were folded`);
      await endsExactly(cluster);
    }
  });
});

/** A hit of one of `counters` counters after the other, on each node. */
function hitInTurn(cluster: SimCluster, ms: number, counters: number): void {
  for (let at = 0; at < ms; at += 50)
    cluster.world.after(at, () =>
      cluster.up().forEach((machine) => void cluster.hit(machine, `page-${(at / 50) % counters}`)),
    );
}

/** Hits of one counter, until `done`. False: never. */
async function hitUntil(cluster: SimCluster, done: () => boolean): Promise<boolean> {
  for (let second = 0; second < 120 && !done(); second++) {
    for (const machine of cluster.up()) cluster.hit(machine, "page-0");
    await cluster.run(1_000);
  }
  return done();
}

function bytesOf({ store }: SimCluster, kind: string): number {
  let bytes = 0;
  for (const [name, { length }] of store.entries) if (name.startsWith(kind)) bytes += length;
  return bytes;
}

/** What all pages have, or would have once they are written, with their days. */
function bytesOfPages(cluster: SimCluster): number {
  const { totals } = ledgerOf(cluster);
  return totals.bytes + 160 * [...totals.pages()].length + bytesOf(cluster, "days/");
}

function largestRound({ store }: SimCluster): number {
  const rounds = [...store.entries].filter(([name]) => name.startsWith("rounds/"));
  return Math.max(...rounds.map(([, { length }]) => length));
}

/** What the node that leads has in memory. Call `forget` at the end. */
function leadersMemory(): { readonly ledger: () => Ledger; readonly forget: () => void } {
  const { plan } = Rounds.prototype;
  let latest: Ledger | null = null;
  Rounds.prototype.plan = function (...args) {
    latest = this.ledger;
    return plan.apply(this, args);
  };
  return {
    ledger: () => latest!,
    forget: () => {
      Rounds.prototype.plan = plan;
    },
  };
}

/** One bit of a total in memory becomes another: there is 256 more than was counted, or less. */
function flipBit(totals: Totals, counter: string): void {
  const { getBigUint64 } = DataView.prototype;
  const places: [view: DataView, at: number][] = [];
  DataView.prototype.getBigUint64 = function (at, ...rest) {
    places.push([this, at]);
    return getBigUint64.call(this, at, ...rest);
  };
  const before = totals.get(counter)?.regions;
  DataView.prototype.getBigUint64 = getBigUint64;
  const [view, at] = places[0]!;
  view.setUint8(at + 6, view.getUint8(at + 6) ^ 1);
  assert.notDeepEqual(totals.get(counter)?.regions, before);
}

/** The leader says that the ledger in its memory does not add up, reads it again, and goes on. */
async function isFoundAndMended(cluster: SimCluster): Promise<void> {
  const { life } = leaderOf(cluster);
  let said = false;
  life?.node.onRound(() => {
    said ||= /the totals of page \d+, section \d+, sum to/.test(life.node.cluster().storeDetail);
  });
  assert.ok(await hitUntil(cluster, () => said), "nobody notices");
  await cluster.run(5_000);
  await endsExactly(cluster);
}
