import assert from "node:assert/strict";
import { StallDetector } from "../../../internal/services/leader/stall_detector.ts";

const SECOND = 1_000;
const NO_COMMIT = "could not commit for 10 s";
const OUT_OF_REACH = "could not reach most nodes for 10 s";

/** When a leader that holds the key leaves it to another one. */
describe("a leader without a commit", () => {
  it("is stalled after ten seconds, with all nodes in reach", () => {
    const detector = new StallDetector(0, 0);
    detector.reached(3, 3, SECOND);
    detector.progressed(2 * SECOND);
    detector.reached(3, 3, 12 * SECOND);
    assert.equal(detector.stallReason(12 * SECOND), null);
    detector.reached(3, 3, 12 * SECOND + 1);
    assert.equal(detector.stallReason(12 * SECOND + 1), NO_COMMIT);
  });

  it("goes on while it connects to more nodes, for a minute", () => {
    const detector = new StallDetector(0, 0);
    for (let second = 9; second <= 63; second += 9) {
      detector.reached(second, 1_000, second * SECOND);
      assert.equal(detector.stallReason(second * SECOND), null);
    }
    detector.reached(72, 1_000, 72 * SECOND);
    assert.equal(detector.stallReason(72 * SECOND), NO_COMMIT);
  });

  it("does not go on because nodes come and go", () => {
    const detector = new StallDetector(0, 0);
    for (const [second, reached] of [
      [1, 5],
      [5, 2],
      [9, 5],
    ] as const)
      detector.reached(reached, 5, second * SECOND);
    assert.equal(detector.stallReason(11 * SECOND), null);
    assert.equal(detector.stallReason(11 * SECOND + 1), NO_COMMIT);
  });

  it("is stalled when most nodes are out of reach, and more patient after each unproductive term", () => {
    for (const [terms, patience] of [
      [0, 10],
      [2, 40],
    ] as const) {
      const detector = new StallDetector(0, terms);
      detector.progressed(patience * SECOND);
      assert.equal(detector.stallReason(patience * SECOND), null);
      detector.progressed(patience * SECOND + 1);
      assert.equal(detector.stallReason(patience * SECOND + 1), OUT_OF_REACH.replace("10", String(patience)));
    }
  });
});
