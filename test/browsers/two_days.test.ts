import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { needs } from "../needs.ts";
import type { NodeProcess } from "../processes/node_process.ts";
import type { RealCluster } from "../processes/real_cluster.ts";
import { ShiftedClock } from "../processes/shifted_clock.ts";
import { type StoreUnderTest, stores } from "../processes/stores.ts";
import { SeededRandom } from "../simulation/seeded_random.ts";
import { lifeOf, Network } from "./network.ts";
import { PlainCount } from "./plain_count.ts";
import { Population } from "./population.ts";
import { committedOf, dailyOf, metricOf, mustAddUp, mustBeWithin } from "./shown_counts.ts";
import { Tag } from "./tag.ts";

const BROWSERS = 1_000;
const PAUSE_MS = 20;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Nodes read their clock's file five times a second, and on a slow machine later. */
const CLOCK_MS = 2_000;
const TIMEOUT_MS = 900_000;
/** Visitors that were seen around midnight alone, of whom nobody knows in which hour or day they counted: the slower nodes answer, the more. */
const MOST_AT_MIDNIGHT = 300;

/**
 * A thousand browsers run the tag for two days, through the midnight between them, while nodes and leaders are killed, drained and started again.
 * On all nodes, and for each day, the views of each page, visits, visitors and bots are those of a plain count. Only requests without an answer,
 * and those of the moment of midnight, leave it a choice.
 */
describe("two days of a thousand simulated browsers", () => {
  let folder: string;
  let network: Network | undefined;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "two-days-"));
  });
  afterEach(() => network?.end());
  after(() => rmSync(folder, { recursive: true }));

  stores((store) => {
    it("are counted as on paper", async function () {
      needs(this, "more time");
      this.timeout(TIMEOUT_MS);
      const days = new TwoDays(new ShiftedClock(join(folder, `clock-${Math.random()}`)));
      await days.start(store);
      network = days.network;
      await days.first();
      await days.midnight();
      await days.second();
      await days.compare();
    });
  });
});

class TwoDays {
  readonly #clock: ShiftedClock;
  /** When the second day begins. */
  readonly #midnight = (Math.floor(Date.now() / DAY_MS) + 1) * DAY_MS;
  readonly #plain = new PlainCount();
  #shift = 0;
  #cluster!: RealCluster;
  #people!: Population;
  network!: Network;

  constructor(clock: ShiftedClock) {
    this.#clock = clock;
  }

  async start(store: StoreUnderTest): Promise<void> {
    this.#moveTo(this.#midnight - 90 * MINUTE_MS);
    const flags = ["--conversion-delay", "0s", "--trusted-proxies", "127.0.0.1"];
    this.#cluster = await store.cluster({ flags, nodeFlags: this.#clock.nodeFlags });
    const random = new SeededRandom(7);
    const next = () => random.fraction();
    const now = () => Date.now() + this.#shift;
    this.network = new Network(() => this.#cluster.nodes.filter(({ routed }) => routed), now, next);
    const tag = new Tag(String(await this.#cluster.nodes[0]!.get("/count.js")));
    await this.#cluster.until("the ledger takes pages and visitors", () => this.#takesPages());
    const deps = { tag, network: this.network, plain: this.#plain, random: next, now: now(), pauseMs: PAUSE_MS };
    this.#people = new Population(BROWSERS, deps);
    await this.#people.found();
    await this.#settled();
  }

  /** A node is killed, and the leader. */
  async first(): Promise<void> {
    await this.#browseThrough(3, async () => {
      const [follower] = await this.#cluster.followers();
      await this.#kill(follower!);
      await follower!.start();
      const leader = await this.#cluster.leader();
      await this.#kill(leader);
      await this.#cluster.leader();
      await leader.start();
    });
    await this.#restore();
  }

  /** They browse while the day ends. */
  async midnight(): Promise<void> {
    this.#moveTo(this.#midnight - 6_000);
    await sleep(CLOCK_MS);
    await this.#browseThrough(0, () => sleep(this.#midnight + 4_000 - this.#now));
    await this.#settled();
    this.#plain.settled();
  }

  /** The leader is killed, a node is drained, and the next leader is killed before the first one is back. */
  async second(): Promise<void> {
    this.#moveTo(this.#midnight + 150 * MINUTE_MS);
    await sleep(CLOCK_MS);
    await this.#browseThrough(3, async () => {
      const leader = await this.#cluster.leader();
      await this.#kill(leader);
      await this.#kill(await this.#cluster.leader());
      await this.#cluster.startAll();
      const [follower] = await this.#cluster.followers();
      follower!.routed = false;
      await sleep(CLOCK_MS);
      assert.equal(await follower!.terminate(), 0);
      await follower!.start();
    });
    await this.#restore();
  }

  async compare(): Promise<void> {
    await this.#settled();
    const { told, wrong } = this.#people;
    assert.deepEqual(wrong, []);
    const days = [this.#midnight - DAY_MS, this.#midnight];
    const onPaper = this.#plain.results(days.map((day) => day / DAY_MS));
    const open = [...onPaper.values()].reduce((sum, { total: { low, high } }) => sum + high - low, 0);
    const words = `${JSON.stringify(told)}, ${open} unsure hits and visitors`;
    console.log(`      ${words}`);
    assert.ok(told.counted > 5_000 && told.setAside > 500, words);
    assert.ok(told.unanswered < told.counted / 20 && open <= 5 * told.unanswered + MOST_AT_MIDNIGHT, words);
    for (const node of this.#cluster.running) {
      const totals = await committedOf(node);
      mustAddUp(totals, node.name);
      mustBeWithin(totals, new Map([...onPaper].map(([counter, { total }]) => [counter, total])), node.name);
      const daily = await dailyOf(node, onPaper.keys(), days);
      for (const at of days.keys()) {
        const shown = new Map([...daily].map(([counter, hits]) => [counter, hits[at] ?? 0]));
        mustAddUp(shown, `${node.name}, day ${at + 1}`);
        const ranges = new Map([...onPaper].map(([counter, { days }]) => [counter, days[at]!]));
        mustBeWithin(shown, ranges, `${node.name}, day ${at + 1}`);
      }
    }
  }

  get #now(): number {
    return Date.now() + this.#shift;
  }

  /** Nobody browses meanwhile: processes do not see it at the same time. */
  #moveTo(time: number): void {
    this.#shift = time - Date.now();
    this.#clock.shift(this.#shift);
  }

  async #browseThrough(turns: number, events: () => Promise<unknown>): Promise<void> {
    let isOver = false;
    const done = events().finally(() => {
      isOver = true;
    });
    await Promise.all([this.#people.browse(turns, () => isOver), done]);
  }

  async #kill(node: NodeProcess): Promise<void> {
    const life = lifeOf(node);
    await node.kill();
    this.#plain.lost(life);
  }

  /** Those of whom only killed processes knew look at their pages again, and those who came when no leader was heard for long. */
  async #restore(): Promise<void> {
    await this.#settled();
    for (const node of this.#cluster.running)
      if ((await metricOf(node, 'marks_total{result="no_secret"}')) > 0) this.#plain.doubt(lifeOf(node));
    await this.#people.restore(this.#now);
    assert.equal(this.#plain.forgotten(this.#now).length, 0);
    await this.#settled();
    this.#plain.settled();
  }

  /** All is committed, and no visitor waits. */
  async #settled(): Promise<void> {
    await this.#cluster.until("no visitor waits", async () => (await this.#waiting()) === 0, 90_000);
    await this.#cluster.healed();
  }

  async #waiting(): Promise<number> {
    const metrics = ["marks_waiting", "early_visits"];
    const asked = this.#cluster.running.flatMap((node) => metrics.map((name) => metricOf(node, name)));
    return (await Promise.all(asked)).reduce((sum, one) => sum + one);
  }

  async #takesPages(): Promise<boolean> {
    const leader = await this.#cluster.leader();
    const answer = await fetch(
      `${leader.url}/v1/counters/visits/history?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z`,
    );
    return answer.status !== 503;
  }
}
