import assert from "node:assert/strict";
import { makeBadge } from "badge-maker";
import { BADGE_STYLES } from "../../../../internal/adapters/http/badge/look.ts";
import { type Serving, serve } from "../serving.ts";

const LABELS: readonly [kind: string, label: string][] = [
  ["plain", "visits"],
  ["empty", ""],
  ["long", "The quick brown fox jumps over the lazy dog, and 1,234,567 more foxes do the same on the next day."],
  ["CJK", "今日の訪問者数 방문자 访问量"],
  ["hostile", `"><script>alert('1')</script>&amp;]]>`],
  ["RTL", "عدد الزيارات שלום"],
  ["beyond the first plane", "👩‍🚀 𝒞𝓸𝓾𝓷𝓽"],
  ["digits", "000,000 111,111"],
];

/** Our badges are drawn like badge-maker's. */
describe("ways: the badge beside badge-maker's own", () => {
  let node: Serving;
  before(async () => {
    node = await serve();
  });
  after(() => node.close(100));

  for (const style of BADGE_STYLES) {
    for (const [kind, label] of LABELS) {
      it(`is the same drawing, ${style}, with a label that is ${kind}`, async () => {
        for (const total of [0n, 7n, 1234n, 9_876_543n]) {
          node.counting.totals.set("likeness", total);
          const query = new URLSearchParams({ style, label, color: "orange", count: "false" });
          const ours = await (await fetch(`${node.url}/badge/likeness.svg?${query}`)).text();
          const theirs = makeBadge({ style, label, color: "orange", message: total.toLocaleString("en") });
          assert.equal(withoutNumericEntities(ours), theirs);
        }
      });
    }
  }
});

/** Ours has characters beyond ASCII as numbers. */
function withoutNumericEntities(svg: string): string {
  return svg.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}
