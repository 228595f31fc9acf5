import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBundle } from "../../image/bundle.ts";
import { eventually } from "../eventually.ts";
import { freePort } from "../free_port.ts";
import { NodeProcess } from "../processes/node_process.ts";

/** What the image runs, in a folder that has neither sources nor other packages. */
describe("the bundle", () => {
  let folder = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
    await writeBundle(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  const bundled = async (...flags: string[]) => {
    const node = new NodeProcess("bundled", await freePort(), flags);
    node.script = join(folder, "cmd/node.ts");
    return node;
  };

  it("has every program under the name that the release 0.1.0 starts", () => {
    for (const name of readdirSync(new URL("../../cmd", import.meta.url)).filter((file) => file.endsWith(".ts"))) {
      const help = execFileSync(process.execPath, [`cmd/${name}`, "--help"], { cwd: folder, encoding: "utf8" });
      assert.match(help, /^\S.*--/s, name);
    }
  });

  it("leaves out what the sources leave out: undici, which takes 12 MB", () => {
    const ask =
      "process.on('exit', () => console.log(process.moduleLoadList.filter((name) => name.includes('undici'))))";
    for (const program of ["node", "operator"]) {
      const words = ["--import", `data:text/javascript,${ask}`, `cmd/${program}.ts`, "--help"];
      assert.match(execFileSync(process.execPath, words, { cwd: folder, encoding: "utf8" }), /\n\[\]\n$/);
    }
  });

  it("serves its page with all files, counts a hit and drains", async () => {
    const node = await bundled("--store", `sqlite:${folder}/store.sqlite`, "--data-dir", join(folder, "data"));
    await node.start();
    const page = String(await node.get("/"));
    const files = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    assert.ok(files.some((path) => path.endsWith(".woff2")) && files.some((path) => path.endsWith(".js")));
    for (const path of [...files, "/count.js", "/badge/visits.svg?logo=github"]) await node.get(path);
    const { status } = await fetch(`${node.url}/v1/counters/hits/hits`, { method: "POST" });
    assert.equal(status, 200);
    assert.equal(await node.terminate(), 0, node.output);
    assert.match(node.output, /draining finished/);
  });

  it("has what the client of etcd reads", async () => {
    const node = await bundled("--store", "etcd://127.0.0.1:1", "--data-dir", "none");
    node.launch();
    await eventually(() => node.view());
    assert.equal(await node.terminate(), 0, node.output);
  });
});
