import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "../../internal/adapters/disk/folders.ts";
import { openSqlite } from "../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock } from "../../internal/adapters/system/system_clock.ts";
import { eventually } from "../eventually.ts";
import { measured } from "./measured.ts";
import { type RealCluster, totalsOf } from "./real_cluster.ts";
import { onSqlite, stores } from "./stores.ts";

/** A node joins by itself, and a hit on one node is soon visible on all. */
describe("nodes that join", () => {
  onSqlite((store) => {
    it("the leader leaves out an invalid registration, and the others keep counting", async () => {
      const cluster = await store.cluster();
      const odd = { id: "odd", name: "odd", region: "eu", peerAddress: "127.0.0.1:1", url: "https://zähler.example" };
      const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
      const opened = await openSqlite({ file: cluster.storeFile, makeFolder, clock: systemClock, logger: log });
      opened.discovery.register(odd);
      const outputs = () => cluster.nodes.map(({ output }) => output).join("");
      await cluster.until("the leader says so", async () => outputs().includes("node left out"));
      cluster.load.start();
      await cluster.acknowledged(100);
      await cluster.assertExact();
      await opened.close();
    });
  });

  stores((store) => {
    it("a fourth node joins, and its hits count under its region", async () => {
      const cluster = await store.cluster();
      cluster.load.start();
      await cluster.acknowledged(100);
      const fourth = await cluster.newNode();
      await fourth.start();
      await cluster.until("all nodes list four", async () => {
        const views = await Promise.all(cluster.nodes.map((node) => node.view()));
        return views.every((view) => view?.nodes.filter(({ state }) => state === "counting").length === 4);
      });
      await cluster.acknowledged(200);
      await cluster.assertExact();
      assert.equal(await regionsOf(cluster), "region-n1 region-n2 region-n3 region-n4");
    });

    it("a hit on one node is visible on all others within 1.2 s", async () => {
      const cluster = await store.cluster();
      const times: number[] = [];
      for (let i = 0; i < 5; i++) {
        // At another moment of the round each time.
        await sleep(970 - (performance.now() % 970));
        times.push(await timeToBeSeen(cluster, `seen-${i}`));
      }
      measured("hit to visible on all other nodes, the slowest of 5", Math.max(...times), 1_200);
    });
  });
});

async function timeToBeSeen(cluster: RealCluster, counter: string): Promise<number> {
  const [first, ...others] = cluster.nodes;
  const began = performance.now();
  const answer = await fetch(`${first!.url}/v1/counters/${counter}/hits`, { method: "POST" });
  assert.equal(answer.status, 200);
  await eventually(async () => {
    const totals = await Promise.all(others.map(totalsOf));
    return totals.every((shown) => shown[counter] === 1);
  });
  return performance.now() - began;
}

async function regionsOf(cluster: RealCluster): Promise<string> {
  const { regions } = (await cluster.nodes[0]!.get("/v1/counters/visits")) as { regions: Record<string, number> };
  return Object.keys(regions).sort().join(" ");
}
