import { largeLedgerTests } from "../../ports/store/large_ledger_tests.ts";
import { EtcdHandles } from "./etcd_handles.ts";
import { EtcdProcess, requireEtcd } from "./etcd_process.ts";

/** An etcd with 1,000,000 counters, which is killed, restarted and compacted by revision while it is read (H67). */
describe("etcd with 1,000,000 counters", () => {
  const handles = new EtcdHandles();
  let etcd: EtcdProcess;
  before(async function () {
    requireEtcd(this);
    etcd = await EtcdProcess.start();
  });
  after(async () => {
    await handles.closeAll();
    await etcd?.stop();
  });

  largeLedgerTests(async () => handles.open([etcd.endpoint], { callTimeoutMs: 10_000 }), {
    async toAReader(pieces) {
      if (pieces === 5) await etcd.compact();
      // Once it is away when the next piece is asked for, and once it is back by then.
      if (pieces === 12) void etcd.kill().then(() => etcd.start());
      if (pieces === 30) {
        await etcd.kill();
        await etcd.start();
      }
    },
    async toAReaderAndAWriter(pieces) {
      if (pieces % 10 === 0) await etcd.compact();
    },
  });
});
