import assert from "node:assert/strict";
import { MAP_HEIGHT, MAP_WIDTH, mapPoint } from "../../../internal/core/geo/map_projection.ts";
import { REGION_TABLE } from "../../../internal/core/geo/region_table.ts";
import { placeOf } from "../../../internal/core/geo/regions.ts";

/** Every region has a place on the map: by its name at a cloud, or by its degrees. */
describe("the places of regions", () => {
  it("are known for the clouds' regions, by name", () => {
    for (const region of ["eu-central-1", "europe-west3", "germanywestcentral", "fra"]) {
      assert.deepEqual(placeOf(region), { name: "Frankfurt", latitude: 50.11, longitude: 8.68 });
    }
    assert.equal(placeOf("us-east-1")?.name, "Ashburn");
    assert.equal(placeOf("australiaeast")?.name, "Sydney");
    const apart = [
      "usgovvirginia",
      "usgovtexas",
      "usgovarizona",
      "usdodcentral",
      "chinaeast2",
      "chinanorth",
      "chinanorth3",
    ];
    const cities = ["Virginia", "San Antonio", "Phoenix", "Des Moines", "Shanghai", "Beijing", "Hebei"];
    assert.deepEqual(
      apart.map((region) => placeOf(region)?.name),
      cities,
    );
  });

  it("are told by a region that is a pair of degrees, with or without a name", () => {
    assert.deepEqual(placeOf("48.21,16.37"), { name: "48.21, 16.37", latitude: 48.21, longitude: 16.37 });
    assert.deepEqual(placeOf("office:-33.9,18"), { name: "office", latitude: -33.9, longitude: 18 });
  });

  for (const region of [
    "local",
    "",
    "eu-central-9",
    "91,0",
    "0,181",
    "1,2,3",
    "1,",
    "x:",
    ":1,2",
    "1;2",
    "__proto__",
    "constructor",
  ]) {
    it(`are not known for ${JSON.stringify(region)}`, () => assert.equal(placeOf(region), undefined));
  }

  it("are each told once, and lie on the map", () => {
    const regions = REGION_TABLE.flatMap(([, , , names]) => names.split(" "));
    assert.equal(new Set(regions).size, regions.length);
    for (const [city, latitude, longitude] of REGION_TABLE) {
      const { x, y } = mapPoint(latitude, longitude);
      assert.ok(x > 0 && x < MAP_WIDTH && y > 0 && y < MAP_HEIGHT, city);
    }
  });

  it("are where they belong among each other", () => {
    const at = (region: string) => {
      const place = placeOf(region)!;
      return mapPoint(place.latitude, place.longitude);
    };
    assert.ok(at("us-west-2").x < at("us-east-1").x && at("us-east-1").x < at("eu-west-1").x);
    assert.ok(at("eu-west-1").x < at("ap-northeast-1").x && at("ap-northeast-1").x < at("nz:-36.8,174.8").x);
    assert.ok(at("eu-north-1").y < at("eu-south-1").y && at("eu-south-1").y < at("af-south-1").y);
  });
});
