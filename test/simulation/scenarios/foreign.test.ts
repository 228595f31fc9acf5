import assert from "node:assert/strict";
import { decodeLedger } from "../../../internal/core/ledger_encoding.ts";
import { SETTINGS, SimCluster } from "../cluster.ts";

describe("histories: a foreign node", () => {
  it("a node that knows another ledger stays for long: silent sources still end", async () => {
    const retention = { ...SETTINGS.leader.retention, silence: 5_000 };
    const cluster = new SimCluster(1, "etcd", { settings: { ...SETTINGS, leader: { ...SETTINGS.leader, retention } } });
    const [first, second, foreign] = ["first", "second", "foreign"].map((name) => cluster.machine(name));
    assert.ok(first && second && foreign?.disk);
    cluster.start(first);
    cluster.start(second);
    await cluster.run(5_000);
    for (const machine of [first, second]) cluster.hit(machine);
    await cluster.run(2_000);
    foreign.disk.noteKnownLedger({ id: "ffffffffffffffff", version: 5, writer: "somebody" });
    cluster.start(foreign);
    cluster.kill(cluster.leader() === first ? second : first);
    const ended = () => decodeLedger(cluster.store.entries)?.gone.size === 1;
    assert.ok(await cluster.until(ended, 20_000), "a foreign node keeps silent sources from ending");
  });
});
