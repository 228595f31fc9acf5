import assert from "node:assert/strict";
import type { SimCluster } from "../cluster.ts";
import { begin, endsExactly, hitEverywhere, KINDS, leaderOf } from "./story.ts";

const text = (words: string) => new TextEncoder().encode(words);
const TOTALS = "totals/";
const PAGES = "pages/";
const ROUNDS = "rounds/";

/** What somebody or something left in one entry of the store. */
const DAMAGES: readonly (readonly [name: string, entry: string, damage: (value: Uint8Array) => Uint8Array])[] = [
  ["a total with a point", TOTALS, () => text('{"visits":{"eu":"1.5"}}')],
  ["a total that is a number", TOTALS, () => text('{"visits":{"eu":12}}')],
  ["a counter without regions", TOTALS, () => text('{"visits":null}')],
  ["a bucket that is not JSON", TOTALS, (value) => value.subarray(0, value.length - 3)],
  ["a head without terms", "head", (value) => withField(value, "terms", undefined)],
  ["a sum with a point", "head", (value) => withField(value, "prunedSum", "0.5")],
  ["a version below zero", "head", (value) => withField(value, "version", -3)],
  ["a sum that has no meaning", "head", (value) => withField(value, "prunedSum", { toString: 1 })],
  ["a list that is null", "head", (value) => withField(value, "adoptions", null)],
  ["a line that is null", "head", () => text("null\n")],
  ["a tombstone cut short", "gone", (value) => text(`${Buffer.from(value).toString("latin1").split("\n")[0]}\nxyz`)],
];

/** The same in a ledger that is in pages and rounds. */
const CONVERTED_DAMAGES: typeof DAMAGES = [
  ["a page whose totals do not add up", PAGES, (value) => text(Buffer.from(value).toString().replace('":"', '":"9'))],
  ["a page that is not JSON", PAGES, (value) => value.subarray(0, value.length - 3)],
  ["a round cut short", ROUNDS, (value) => value.subarray(0, value.length - 1)],
  ["a round of another version", ROUNDS, (value) => withField(value, "version", 1)],
  ["no seed", "head", (value) => withField(value, "seed", undefined)],
];

const ALL = [
  ...DAMAGES.map((damage) => ({ damage, after: 2_500 })),
  ...CONVERTED_DAMAGES.map((damage) => ({ damage, after: 14_000 })),
];

/** A leader over a ledger that it cannot read shows "corrupt" and stays alive, and hits are kept until somebody has repaired the entry. */
describe("histories: an unreadable ledger", () => {
  for (const [
    at,
    {
      damage: [name, entry, damage],
      after,
    },
  ] of ALL.entries())
    it(`${name}: every new leader lives and says so, hits are taken, and after the repair all are counted`, async () => {
      const cluster = await begin(3, KINDS[at % KINDS.length], at + 1);
      hitEverywhere(cluster, 20_000, 90);
      await cluster.run(after);
      const { key, value } = entryOf(cluster, entry);
      cluster.store.entries.set(key, damage(value));
      // Two in a row: a leader that ends is followed by another one that reads the same.
      for (let time = 0; time < 2; time++) {
        const leader = leaderOf(cluster);
        cluster.kill(leader);
        const showsIt = () => cluster.up().every(({ life }) => life?.node.cluster().store === "corrupt");
        assert.ok(
          await cluster.until(() => cluster.leader() !== undefined && showsIt(), 15_000),
          "nobody says corrupt",
        );
        await cluster.run(1_500);
        assert.ok(cluster.up().every(({ life }) => life?.node.healthy()));
        cluster.start(leader);
        await cluster.run(500);
      }
      cluster.store.entries.set(key, value);
      await cluster.run(20_000);
      await endsExactly(cluster);
    });
});

function entryOf({ store }: SimCluster, prefix: string): { key: string; value: Uint8Array } {
  const found = [...store.entries].find(([name]) => name.startsWith(prefix));
  assert.ok(found, `there is no entry ${prefix}`);
  return { key: found[0], value: found[1] };
}

function withField(head: Uint8Array, field: string, value: unknown): Uint8Array {
  const end = head.indexOf(0x0a);
  const line = { ...JSON.parse(Buffer.from(head.subarray(0, end)).toString()), [field]: value };
  return Buffer.concat([text(`${JSON.stringify(line)}\n`), head.subarray(end + 1)]);
}
