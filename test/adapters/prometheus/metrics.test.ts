import assert from "node:assert/strict";
import { createMetrics } from "../../../internal/adapters/prometheus/metrics.ts";
import { needs } from "../../needs.ts";
import { MemoryCounting } from "../http/memory_counting.ts";
import { complaints } from "./promtool.ts";

const PROMISED = [
  "hits_accepted_total",
  "pending_hits",
  "ledger_hits",
  "ledger_bytes",
  "leader",
  "leader_changes_total",
  "nodes",
  "rounds_total",
  "round_seconds",
  "refused_batches_total",
  "copied_logs_total",
  "snapshot_age_seconds",
  "journal_errors_total",
  "indeterminate_hits_total",
  "build_info",
];

/** The metrics tell what the node knows at the moment they are read. */
describe("metrics", () => {
  let counting: MemoryCounting;
  let metrics: ReturnType<typeof createMetrics>;
  beforeEach(() => {
    counting = new MemoryCounting();
    metrics = createMetrics({ counting, version: "1.2.3", region: "eu-west" });
  });

  async function lines(): Promise<string[]> {
    return (await metrics.text()).split("\n");
  }

  /** The value of a series, its labels written as they are exposed. */
  async function value(series: string): Promise<number> {
    const line = (await lines()).find((line) => line.startsWith(`global_cluster_${series} `));
    assert.ok(line, `there is no ${series}`);
    return Number(line.slice(line.lastIndexOf(" ") + 1));
  }

  it("have names and texts that promtool accepts", async function () {
    needs(this, "promtool");
    counting.totals.set("visits", 3n);
    assert.equal(complaints(await metrics.text()), "");
    assert.notEqual(complaints("# TYPE requests counter\nrequests 1\n"), "");
  });

  it("are all there from the start, each with its help", async () => {
    const text = await lines();
    for (const name of PROMISED) {
      assert.ok(
        text.some((line) => line.startsWith(`# HELP global_cluster_${name} `)),
        name,
      );
    }
    assert.ok(text.some((line) => line.startsWith("process_resident_memory_bytes ")));
    assert.ok(text.some((line) => line.startsWith('global_cluster_build_info{version="1.2.3"')));
  });

  it("read the node's numbers at each scrape, and add nothing up twice", async () => {
    counting.numbers = {
      accepted: 7,
      pending: 2,
      journalErrors: 4,
      indeterminate: 5,
      marksWaiting: 6,
      earlyVisits: 3,
      snapshotAge: 1.5,
    };
    for (let scrape = 0; scrape < 2; scrape += 1) {
      assert.equal(await value('hits_accepted_total{region="eu-west"}'), 7);
      assert.equal(await value("pending_hits"), 2);
      assert.equal(await value("journal_errors_total"), 4);
      assert.equal(await value("indeterminate_hits_total"), 5);
      assert.equal(await value("marks_waiting"), 6);
      assert.equal(await value("early_visits"), 3);
      assert.equal(await value("snapshot_age_seconds"), 1.5);
      assert.equal(await value("leader"), 1);
      assert.equal(await value('nodes{state="counting"}'), 1);
      assert.equal(await value('nodes{state="foreign"}'), 0);
    }
  });

  it("know no age before the first snapshot", async () => {
    counting.known = false;
    assert.ok(Number.isNaN(await value("snapshot_age_seconds")));
  });

  it("count nodes by state, also the states that no node has", async () => {
    const [first] = counting.cluster().nodes;
    assert.ok(first);
    counting.others = [
      { ...first, id: "b", state: "unreachable" },
      { ...first, id: "c" },
    ];
    const states = ["counting", "draining", "unreachable", "foreign"];
    const counts = await Promise.all(states.map((state) => value(`nodes{state="${state}"}`)));
    assert.deepEqual(counts, [2, 0, 1, 0]);
  });

  it("count rounds by outcome and time their stages", async () => {
    metrics.round("committed");
    metrics.round("committed");
    metrics.round("unknown");
    metrics.stage("commit", 0.004);
    assert.equal(await value('rounds_total{outcome="committed"}'), 2);
    assert.equal(await value('rounds_total{outcome="unknown"}'), 1);
    assert.equal(await value('rounds_total{outcome="idle"}'), 0);
    assert.equal(await value('round_seconds_count{stage="commit"}'), 1);
    assert.equal(await value('round_seconds_bucket{le="0.0025",stage="commit"}'), 0);
    assert.equal(await value('round_seconds_bucket{le="0.005",stage="commit"}'), 1);
  });

  it("count refused batches by verdict", async () => {
    metrics.refusedBatch("gap");
    assert.equal(await value('refused_batches_total{verdict="gap"}'), 1);
    assert.equal(await value('refused_batches_total{verdict="malformed"}'), 0);
  });

  it("count logs that live twice", async () => {
    assert.equal(await value("copied_logs_total"), 0);
    metrics.copiedLog();
    assert.equal(await value("copied_logs_total"), 1);
  });

  it("count adjustments by action, and dropped days", async () => {
    metrics.adjusted("delete");
    assert.equal(await value('adjustments_total{action="delete"}'), 1);
    assert.equal(await value('adjustments_total{action="import"}'), 0);
    assert.equal(await value("history_drops_total"), 0);
    metrics.droppedDay();
    assert.equal(await value("history_drops_total"), 1);
  });

  it("tell how full the store is, and only the leader does", async () => {
    const told = async () => (await lines()).filter((line) => line.startsWith("global_cluster_store_used_ratio "));
    assert.deepEqual(await told(), []);
    metrics.storeUsed(0.85);
    assert.deepEqual(await told(), ["global_cluster_store_used_ratio 0.85"]);
    metrics.storeUsed(null);
    assert.deepEqual(await told(), []);
    metrics.storeUsed(0.1);
    counting.numbers = { leading: false };
    assert.deepEqual(await told(), []);
    counting.numbers = { leading: true };
  });

  it("name the hundred largest counters, and only the leader does", async () => {
    for (let total = 1; total <= 1500; total += 1) counting.totals.set(`c${total}`, BigInt(total));
    const series = async () => (await lines()).filter((line) => line.startsWith("global_cluster_ledger_hits{"));
    const named = await series();
    assert.equal(named.length, 100);
    assert.equal(named[0], 'global_cluster_ledger_hits{counter="c1500"} 1500');
    assert.equal(named.at(-1), 'global_cluster_ledger_hits{counter="c1401"} 1401');
    counting.numbers = { leading: false };
    assert.deepEqual(await series(), []);
  });

  it("tell how much room the totals take, and only the leader does", async () => {
    counting.totals.set("visits", 3n);
    const one = await value("ledger_bytes");
    counting.totals.set("downloads", 4n);
    assert.equal(await value("ledger_bytes"), 2 * one + "downloads".length - "visits".length);
    counting.numbers = { leading: false };
    assert.deepEqual(
      (await lines()).filter((line) => line.startsWith("global_cluster_ledger_bytes ")),
      [],
    );
  });

  it("count leaderships after the first, also one that comes back", async () => {
    const leads = (leader: string | null, epoch: number) => {
      counting.view = { leader, epoch };
      counting.round();
    };
    leads(null, 0);
    for (const epoch of [5, 5, 8, 9]) leads("a", epoch);
    assert.equal(await value("leader_changes_total"), 2);
  });
});
