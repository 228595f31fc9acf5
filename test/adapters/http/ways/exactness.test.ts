import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "../../../bench/wrk.ts";
import { eventually } from "../../../eventually.ts";
import { freePort } from "../../../free_port.ts";
import { needs } from "../../../needs.ts";
import { NodeProcess } from "../../../processes/node_process.ts";

const SECONDS = 1;

/** A real node, its journal on disk, and as many requests as wrk can send on 64 connections. */
describe("ways: under load", () => {
  let folder: string;
  let node: NodeProcess;

  before(async function () {
    needs(this, "wrk", "taskset");
    folder = mkdtempSync(join(tmpdir(), "ways-"));
    const flags = ["--store", `sqlite:${folder}/store.sqlite`, "--data-dir", join(folder, "n1"), "--interval", "100ms"];
    node = new NodeProcess("n1", await freePort(), [...flags, "--conversion-delay", "0s"]);
    await node.start();
  });
  after(async () => {
    if (!folder) return;
    if (node.running) await node.kill();
    rmSync(folder, { recursive: true });
  });

  for (const [path, ...counters] of [
    ["/", "visits"],
    ["/badge/shown.svg", "shown"],
    ["/badge/styled.svg?label=%E8%A8%AA%E5%95%8F&style=for-the-badge", "styled"],
    ["/pixel/seen.gif", "seen"],
    ["/pixel/%77ritten.gif", "written"],
    [
      "POST /v1/visits?site=blog.example&path=/a/b&visit=true",
      "blog.example",
      "blog.example/a/b",
      "blog.example/_visits",
    ],
  ] as const) {
    it(`counts each request for ${path}, exactly`, async () => {
      const [, post = "", url = ""] = /^(POST )?(.*)$/.exec(path) ?? [];
      const { hits } = await load({ url: node.url + url, method: post === "" ? "GET" : "POST", seconds: SECONDS });
      assert.ok(hits > 100, `only ${hits} requests`);
      await eventually(async () => (await node.view())?.pending === 0);
      for (const counter of counters) {
        const { committed } = (await node.get(`/v1/counters/${counter}`)) as { committed: number };
        assert.equal(committed, hits);
      }
    });
  }
});
