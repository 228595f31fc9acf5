import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DEBIAN, imageSbom, licenseOf, type Sbom } from "../../image/sbom.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Debian's versions are those of the base that an image was built on. */
const OF_THE_BASE = "of the base";

/** docs/licences.md: every part of the image, and its licence. `packages`: those of `npm sbom`. */
export function licences(packages: Sbom): string {
  const libraries = Object.keys(DEBIAN).map((name) => ({ name, version: OF_THE_BASE, architecture: "amd64" }));
  const { components } = imageSbom(packages, "24", libraries);
  const rows = components.map((part) => `| ${part.name} | ${part.version} | ${licenseOf(part)} |`);
  return `# Licences

Every part of the image, and its licence as SPDX names it. \`npm run docs\` writes this file from what the image's build writes: a bill of
materials in CycloneDX, in the image at \`/app/sbom.cdx.json\`. The texts are there, too: in \`/app/node_modules\`, \`/usr/share/doc\` and
\`/usr/local/LICENSE\`, which also lists what Node contains.

| Part | Version | Licence |
|---|---|---|
${[...new Set(rows)].sort().join("\n")}
`;
}

/**
 * What `npm sbom` says of the packages that run, without the network. Told to omit what is for developers, it also leaves out what is for
 * both: so it is shown a project that has nothing for developers.
 */
export function npmPackages(): Sbom {
  const folder = mkdtempSync(join(tmpdir(), "sbom-"));
  try {
    const { devDependencies, ...manifest } = read("package.json");
    const lock = read("package-lock.json") as Lock;
    for (const [path, { dev }] of Object.entries(lock.packages)) if (dev) delete lock.packages[path];
    lock.packages[""] = manifest;
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
    const options = ["--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"];
    return JSON.parse(execFileSync("npm", ["sbom", ...options], { cwd: folder, encoding: "utf8", stdio: "pipe" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Lock {
  readonly packages: Record<string, { readonly dev?: boolean }>;
}

function read(name: string) {
  return JSON.parse(readFileSync(join(ROOT, name), "utf8"));
}
