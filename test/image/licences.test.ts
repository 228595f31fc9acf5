import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { imageSbom, licenseOf, type Sbom } from "../../image/sbom.ts";
import { licences, npmPackages } from "./licences.ts";

/** Every part of the image has a licence that is known, and is listed with it. */
describe("licences", () => {
  let packages: Sbom;
  before(() => {
    packages = npmPackages();
  });

  it("are listed in docs/licences.md", () => {
    const written = readFileSync(new URL("../../docs/licences.md", import.meta.url), "utf8");
    assert.equal(written, licences(packages), "docs/licences.md is out of date: npm run docs");
  });

  it("are known, and Node and its libraries are among the parts", () => {
    const libc = { name: "libc6", version: "2.36-9", architecture: "amd64" };
    const { components, metadata } = imageSbom(packages, "24.1.0", [libc]);
    assert.deepEqual(
      components.filter((part) => licenseOf(part) === null),
      [],
    );
    const named = (name: string) => components.find((part) => part.name === name);
    assert.equal(named("node")?.version, "24.1.0");
    assert.equal(licenseOf(named("libc6")!), "LGPL-2.1-or-later");
    assert.equal(metadata.component.name, "global-cluster");
    assert.ok(named("@grpc/grpc-js") && named("koa"));
    assert.equal(named("mocha"), undefined);
  });

  it("of the logos are those that their file names", () => {
    const file = new URL("../../internal/adapters/http/badge/logos.json", import.meta.url);
    const { source } = JSON.parse(readFileSync(file, "utf8")) as { source: string };
    const logos = imageSbom(packages, "24", []).components.find(({ name }) => name === "simple-icons");
    assert.equal(logos && `${logos.name} ${logos.version}, ${licenseOf(logos)}`, source);
  });

  it("that nobody knows stop the build", () => {
    const metadata = { component: { name: "here", version: "1" } };
    const sbom = (...components: Sbom["components"]) => ({ metadata, components });
    const unsaid = { name: "odd", version: "1.0.0" };
    const empty = { name: "empty", version: "2.0.0", licenses: [{ license: { id: "" } }] };
    const library = { name: "libodd1", version: "3", architecture: "amd64" };
    assert.throws(
      () => imageSbom(sbom(unsaid, empty), "24", [library]),
      /licence of odd@1\.0\.0, empty@2\.0\.0, libodd1@3: look at its files/,
    );
  });
});
