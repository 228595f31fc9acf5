import assert from "node:assert/strict";
import fc from "fast-check";
import { isoTime, isRecent } from "../../internal/core/iso_time.ts";

/** Times are read and written as the platform does it, without asking the platform. */
describe("ISO times", () => {
  const platform = (wall: number) => new Date(wall).toISOString().replace(/\.\d+Z$/, "Z");

  it("are what the platform writes, round leap days and ends of years too", () => {
    const years = [1970, 1972, 1999, 2000, 2026, 2028, 2100, 2400, 9999];
    const moments = ["01-01T00:00:00", "02-28T23:59:59", "03-01T00:00:00", "12-31T23:59:59"];
    for (const year of years) {
      for (const moment of moments) {
        const wall = Date.parse(`${year}-${moment}Z`);
        for (const near of [wall, wall + 999, wall + 86_400_000]) {
          if (near < Date.parse("+010000-01-01T00:00:00Z")) assert.equal(isoTime(near), platform(near));
        }
      }
    }
  });

  it("are what the platform writes, for any moment", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.parse("9999-12-31T23:59:59Z") }), (wall) => {
        assert.equal(isoTime(wall), platform(wall));
      }),
    );
  });

  it("are recent until a number of milliseconds has passed, to the second", () => {
    const now = Date.parse("2026-01-01T00:01:00Z");
    const times = ["2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2027-01-01T00:00:00Z"];
    assert.deepEqual(
      times.map((time) => isRecent(time, 60_000, now)),
      [true, false, false, true],
    );
    assert.equal(isRecent(undefined, 60_000, now), false);
  });
});
