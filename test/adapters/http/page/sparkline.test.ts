import assert from "node:assert/strict";
import { sparkline } from "../../../../internal/adapters/http/page/browser/sparkline.js";

describe("the line of the last five minutes", () => {
  const drawing = (hits: readonly number[], from = 1000) => String(sparkline({ from, hits }));
  const points = (svg: string) =>
    (/class="line" d="M([^"]*)"/.exec(svg)?.[1] ?? "").split("L").map((point) => point.split(" ").map(Number));
  const label = (svg: string) => /aria-label="([^"]*)"/.exec(svg)?.[1]?.replace("\u00a0", " ");

  it("has an axis of five minutes and no line before anything is known", () => {
    const svg = drawing([]);
    assert.match(svg, /viewBox="0 0 300 60".*class="axis" d="M0 55H300(M\d+ 55v5){6}"/);
    assert.doesNotMatch(svg, /class="line"/);
  });

  it("ends now, begins as long ago as is known, and is as high as it can be where most was counted", () => {
    const line = points(drawing([...Array(30).fill(10), ...Array(30).fill(40)]));
    assert.deepEqual([line[0]?.[0], line.at(-1)?.[0]], [243, 300]);
    const highest = Math.min(...line.map(([, y = 0]) => y));
    assert.deepEqual([line.at(-1)?.[1], highest], [5, 5]);
    assert.equal(line[1]?.[1], 55 - 50 / 4);
  });

  it("keeps a second's point where it was when the next second comes", () => {
    const hits = Array.from({ length: 40 }, (_, second) => second % 7);
    const [before, after] = [points(drawing(hits)), points(drawing([...hits, 3]))];
    assert.deepEqual(
      after.slice(0, 10).map(([x = 0, y]) => [x + 1, y]),
      before.slice(0, 10),
    );
  });

  it("says what it shows, also when that is nothing", () => {
    assert.equal(label(drawing(Array(300).fill(12))), "Hits per second over the last 5 minutes: at most 12");
    assert.equal(label(drawing(Array(60).fill(0))), "Hits per second over the last 1 minute: none");
  });
});
