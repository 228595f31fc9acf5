import assert from "node:assert/strict";
import { USUAL_ACCESS } from "../../internal/adapters/http/access/gate.ts";
import { type Serving, serve } from "../adapters/http/serving.ts";
import { needs } from "../needs.ts";
import { SeededRandom } from "../simulation/seeded_random.ts";
import { Network } from "./network.ts";
import { PlainCount } from "./plain_count.ts";
import { POSTS, Population } from "./population.ts";
import { Tag } from "./tag.ts";

const BROWSERS = 1_000;
const DAY_MS = 86_400_000;
const DAY = 20_000;
/** In the middle of an hour, so that nothing is counted around the end of one. */
const NOW_MS = (DAY + 0.5) * DAY_MS + 1_800_000;

/** A thousand browsers run the tag against the interface of one node: views, visits, visitors and bots are those of a plain count. */
describe("a thousand simulated browsers", () => {
  let node: Serving;
  let network: Network;
  before(function () {
    needs(this, "more time");
  });
  afterEach(async () => {
    network.end();
    await node.close(100);
  });

  it("are counted as on paper", async () => {
    node = await serve({ access: { ...USUAL_ACCESS, trustedProxies: ["127.0.0.1"] } });
    const random = new SeededRandom(1);
    const next = () => random.fraction();
    network = new Network(
      () => [{ name: "n1", port: node.port, life: 1 }],
      () => NOW_MS,
      next,
    );
    const tag = new Tag(await (await fetch(`${node.url}/count.js`)).text());
    const plain = new PlainCount();
    const people = new Population(BROWSERS, { tag, network, plain, random: next, now: NOW_MS, pauseMs: 0 });
    await people.found();
    await people.browse(2, () => true);
    // What is refused neither begins a visit nor ends one.
    node.counting.refusal = "journal";
    await people.browse(1, () => true);
    node.counting.refusal = null;
    await people.browse(1, () => true);
    assert.deepEqual(people.wrong, []);
    const { pending, totals } = node.counting;
    const counted = new Map([...new Set([...pending.keys(), ...totals.keys()])].sort().map((counter) => [counter, 0]));
    for (const counter of counted.keys())
      counted.set(counter, (pending.get(counter) ?? 0) + Number(totals.get(counter) ?? 0));
    const onPaper = [...plain.results([DAY])].map(([counter, { total }]) => [counter, total.high] as const);
    assert.deepEqual(counted, new Map(onPaper));
    const { told } = people;
    assert.ok(counted.size > 1.5 * POSTS && told.counted > 2_000 && told.setAside > 300 && told.refused > 300);
    assert.equal(told.unanswered, 0);
  });
});
