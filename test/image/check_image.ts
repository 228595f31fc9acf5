import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { licenseOf, type Sbom } from "../../image/sbom.ts";

/**
 * check_image.ts FOLDER: says what is wrong with the image whose files are in FOLDER, and exits with 1 then. Node is the only program in it;
 * no file gives its caller another user's rights; its bill of materials has each package that is there, and a licence for each part.
 */
const [root = ""] = process.argv.slice(2);
const files = readdirSync(root, { recursive: true, encoding: "utf8" });
const sbom: Sbom = JSON.parse(readFileSync(join(root, "app/sbom.cdx.json"), "utf8"));
const mistakes = [
  ...programs()
    .filter((file) => file !== "usr/local/bin/node")
    .map((file) => `/${file} is a program`),
  ...files.filter(changesUser).map((file) => `/${file} runs as its owner`),
  ...installed()
    .filter((part) => !listed().has(part))
    .map((part) => `${part} is not in /app/sbom.cdx.json`),
  ...sbom.components.filter((part) => licenseOf(part) === null).map(({ name }) => `${name} has no licence`),
];
for (const mistake of mistakes) console.error(mistake);
console.log(`${sbom.components.length} parts in the bill of materials, ${installed().length} packages of npm`);
process.exitCode = mistakes.length > 0 ? 1 : 0;

/** What is where programs are, and what npm would bring there. */
function programs(): string[] {
  return files.filter((file) => /(^|\/)s?bin\/[^/]+$/.test(file) && !file.startsWith("app/node_modules/"));
}

function changesUser(file: string): boolean {
  const stats = lstatSync(join(root, file));
  return stats.isFile() && (stats.mode & 0o6000) !== 0;
}

/** `name@version` of each package in the image. */
function installed(): string[] {
  const manifests = files.filter((file) => /(^|\/)node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(file));
  const parts = manifests.map((file) => JSON.parse(readFileSync(join(root, file), "utf8")));
  return parts.filter(({ name, version }) => name && version).map(({ name, version }) => `${name}@${version}`);
}

function listed(): Set<string> {
  return new Set(sbom.components.map(({ name, version }) => `${name}@${version}`));
}
