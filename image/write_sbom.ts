import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DebianPackage, imageSbom, type Sbom } from "./sbom.ts";

/** write_sbom.ts PACKAGES FOLDER RESULT: the file that `npm sbom` made, a folder of dpkg's statuses, and the file to write. */
const [packages, statuses, result] = process.argv.slice(2) as [string, string, string];
const sbom: Sbom = JSON.parse(readFileSync(packages, "utf8"));
const libraries = readdirSync(statuses).map((name) => libraryIn(readFileSync(join(statuses, name), "utf8")));
writeFileSync(result, `${JSON.stringify(imageSbom(sbom, process.version.slice(1), libraries), null, 2)}\n`);

function libraryIn(status: string): DebianPackage {
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, "m").exec(status)?.[1] ?? "";
  return { name: field("Package"), version: field("Version"), architecture: field("Architecture") };
}
