import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultEtcdImage } from "./definition_schema.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FOLDERS = [".ci", "charts", "cmd", "docs", "internal", "k8s", "test"];

/** The definition's default is the one place that says which etcd a managed store runs. Every other file follows it. */
describe("the managed store's default image", () => {
  const image = defaultEtcdImage();

  it("is an etcd without stale reads after a pause of its process, which 3.6.9 has fixed", () => {
    const [, minor, patch] = /^quay\.io\/coreos\/etcd:v3\.(\d+)\.(\d+)$/.exec(image) ?? [];
    assert.ok(Number(minor) > 6 || (Number(minor) === 6 && Number(patch) >= 9), image);
  });

  it("is the one that every other file names", () => {
    const named = [...FOLDERS.flatMap((folder) => filesIn(join(ROOT, folder))), join(ROOT, "README.md")].flatMap(
      imagesIn,
    );
    assert.ok(
      named.some((one) => one.startsWith("k8s/definition.yaml: ")),
      "k8s/definition.yaml names no image of etcd",
    );
    const others = named.filter((one) => !one.endsWith(`: ${image}`));
    assert.deepEqual(others, [], `these must name ${image}, or read it from the definition`);
  });
});

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

/** Each image of etcd that the file names with a version, after the file's path. */
function imagesIn(file: string): string[] {
  const images = readFileSync(file, "utf8").match(/[\w./-]*\betcd:v\d+\.\d+\.\d+[\w.-]*/g) ?? [];
  return images.map((image) => `${relative(ROOT, file)}: ${image}`);
}
