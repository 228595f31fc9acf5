import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { OPEN_ACCESS } from "./open_access.ts";
import { type Serving, serve } from "./serving.ts";

/** Pages are rendered at most once a round, and those that nobody visits are not. */
describe("HTTP: pages that are prepared", () => {
  let node: Serving;
  let now = 0;
  /** The clock is read once for what all pages have in common, and a counter's history once for each page. */
  let looks = 0;
  let pages: string[] = [];
  const COUNTERS = Array.from({ length: 60 }, (_, index) => `c${index}`);

  beforeEach(async () => {
    node = await serve({ clock: { ...systemClock, monotonic: () => now, wall }, access: OPEN_ACCESS });
    const history = node.counting.history.bind(node.counting);
    Object.assign(node.counting, {
      history: (counter: string) => {
        pages.push(counter);
        return history();
      },
    });
    forgetCalls();
  });
  afterEach(() => node.close(100));

  function wall(): number {
    looks += 1;
    return systemClock.wall();
  }
  const visit = async (counter: string) => (await fetch(`${node.url}/c/${counter}`)).text();
  const visitAll = () => Promise.all(COUNTERS.map(visit));
  function forgetCalls(): void {
    looks = 0;
    pages = [];
  }
  async function roundIsPrepared(): Promise<void> {
    node.counting.round();
    for (let turns = 0; turns <= COUNTERS.length + 1; turns += 1) await turn();
  }

  it("have what is the same for all counters rendered once", async () => {
    await visitAll();
    assert.equal(looks, 1);
    assert.deepEqual(pages.sort(), [...COUNTERS].sort());
  });

  it("are rendered after a round, before anybody asks, if they were visited since the one before", async () => {
    await visitAll();
    forgetCalls();
    await roundIsPrepared();
    assert.deepEqual([looks, pages.length], [1, COUNTERS.length]);
    const [first = ""] = await visitAll();
    assert.match(first, /You are visit number <strong>2</);
    assert.deepEqual([looks, pages.length], [1, COUNTERS.length]);
  });

  it("are not rendered while nobody asks", async () => {
    await visitAll();
    await roundIsPrepared();
    forgetCalls();
    await roundIsPrepared();
    assert.deepEqual([looks, pages.length], [0, 0]);
  });

  it("are rendered one in a turn, and those of a round that is over no more", async () => {
    await visitAll();
    forgetCalls();
    node.counting.round();
    assert.deepEqual([looks, pages.length], [1, 0]);
    for (let turns = 1; turns <= 5; turns += 1) {
      await turn();
      assert.ok(pages.length <= turns, `${pages.length} pages after ${turns} turns`);
    }
    await roundIsPrepared();
    assert.ok(pages.length <= 6 + COUNTERS.length, `${pages.length} pages`);
  });

  it("are rendered again when they are a second old and there was no round", async () => {
    await visitAll();
    now += 999;
    await visitAll();
    assert.equal(looks, 1);
    now += 1;
    await visitAll();
    assert.deepEqual([looks, pages.length], [2, 2 * COUNTERS.length]);
  });
});
