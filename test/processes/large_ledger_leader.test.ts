import assert from "node:assert/strict";
import { openEtcd } from "../../internal/adapters/etcd/open_etcd.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import type { EtcdProcess } from "../adapters/etcd/etcd_process.ts";
import { entriesOf, HITS_EACH, ledgerOf } from "../bench/many_counters_ledger.ts";
import { eventually } from "../eventually.ts";
import { freePort } from "../free_port.ts";
import { needs } from "../needs.ts";
import { silentLog as logger } from "../ports/store/store_backends.ts";
import { NodeProcess } from "./node_process.ts";
import { onEtcd } from "./stores.ts";

const MAX_COUNTERS = 1_000_000;
/** One more comes. */
const COUNTERS = MAX_COUNTERS - 1;
const PUTS_AT_ONCE = 50;
/** The ledger has 55 MB: a leader that was sent this much more is in the middle of it. */
const PART_BYTES = 12_000_000;
const LEADS_MS = 180_000;
const HITS = 50;

/** A new leader reads a large ledger in pieces, and begins again as often as it must (docs/protocol.md, Read). */
describe("a leader that reads 1,000,000 counters", () => {
  onEtcd((store) => {
    it("from an etcd that is compacted and killed meanwhile has each of them, and counts on", async function () {
      needs(this, "more time");
      this.timeout(400_000);
      const { etcd } = store;
      await fill(etcd);
      const flags = [
        "--store",
        `etcd://${etcd.endpoint}`,
        "--data-dir",
        "none",
        "--max-counters",
        String(MAX_COUNTERS),
      ];
      const node = new NodeProcess("reader", await freePort(), flags);
      try {
        node.launch();
        for (const happens of [() => etcd.compact(), () => restart(etcd), () => restart(etcd)]) {
          await partIsSent(etcd);
          assert.ok(!(await leads(node)), "it had read everything before: this shows nothing");
          await happens();
        }
        await eventually(() => leads(node), LEADS_MS);
        const total = COUNTERS * HITS_EACH;
        assert.equal(await totalOf(node), total);
        for (let hit = 0; hit < HITS; hit++)
          assert.equal((await fetch(`${node.url}/v1/counters/visits/hits`, { method: "POST" })).status, 200);
        await eventually(async () => (await totalOf(node)) === total + HITS);
      } finally {
        if (node.running) await node.kill();
      }
    });
  });
});

async function fill({ endpoint }: EtcdProcess): Promise<void> {
  const { store, close } = openEtcd({ endpoints: [endpoint], clock, logger });
  const [head, ...others] = entriesOf(ledgerOf(COUNTERS));
  for (let at = 0; at < others.length; at += PUTS_AT_ONCE)
    assert.equal((await store.overwrite(0, { puts: new Map(others.slice(at, at + PUTS_AT_ONCE)) })).kind, "committed");
  assert.equal((await store.overwrite(0, { puts: new Map([head!]) })).kind, "committed");
  await close();
}

/** Resolves when etcd has sent its clients a part of the ledger from now on. */
async function partIsSent(etcd: EtcdProcess): Promise<void> {
  const before = await sentBy(etcd);
  await eventually(async () => (await sentBy(etcd)) >= before + PART_BYTES);
}

async function sentBy({ endpoint }: EtcdProcess): Promise<number> {
  const text = await (await fetch(`http://${endpoint}/metrics`)).text();
  return Number(/^etcd_network_client_grpc_sent_bytes_total (\S+)$/m.exec(text)?.[1] ?? 0);
}

async function restart(etcd: EtcdProcess): Promise<void> {
  await etcd.kill();
  await etcd.start();
}

async function leads(node: NodeProcess): Promise<boolean> {
  const view = await node.view();
  return view?.store === "ok" && view.leader === view.node;
}

async function totalOf(node: NodeProcess): Promise<number> {
  return Number((await node.view())?.total);
}
