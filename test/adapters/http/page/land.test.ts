import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mapPoint } from "../../../../internal/core/geo/map_projection.ts";
import { LAND_FILE, landSvg, projection } from "./land.ts";

describe("the map's land", () => {
  it("is what the atlas and the projection make of it (if not: npm run map)", () => {
    assert.equal(readFileSync(LAND_FILE, "utf8"), landSvg());
  });

  it("is projected as places are, to a tenth of a unit", () => {
    const project = projection();
    for (let latitude = -56; latitude <= 81; latitude += 4) {
      for (let longitude = -180; longitude < 180; longitude += 7) {
        const [x, y] = project([longitude, latitude]) ?? [];
        const point = mapPoint(latitude, longitude);
        assert.ok(Math.abs(point.x - x!) <= 0.11 && Math.abs(point.y - y!) <= 0.11, `${latitude},${longitude}`);
      }
    }
  });
});
