import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import { freePort } from "../free_port.ts";
import { needs } from "../needs.ts";
import { NodeProcess } from "../processes/node_process.ts";
import { HttpsClient } from "./https_client.ts";
import { PROXIES } from "./proxies.ts";

const LANES = 10;

/** docs/deploy.md: one node behind a real proxy with HTTPS, with the files in docs/examples. */
for (const proxy of PROXIES) {
  describe(`a node behind ${proxy.name}`, () => {
    let folder: string;
    let node: NodeProcess;
    let process: ChildProcess;
    let client: HttpsClient;
    let httpsPort: number;

    before(async function () {
      needs(this, proxy.name, "openssl");
      folder = mkdtempSync(join(tmpdir(), "deploy-"));
      httpsPort = await freePort();
      const places = ["--store", `sqlite:${folder}/store.sqlite`, "--data-dir", join(folder, "node")];
      const url = ["--url", `https://localhost:${httpsPort}`];
      node = new NodeProcess("web", await freePort(), [
        ...places,
        ...url,
        "--interval",
        "200ms",
        "--trusted-proxies",
        "127.0.0.1",
      ]);
      await node.start();
      process = proxy.start(folder, node.port, httpsPort);
      client = new HttpsClient(httpsPort);
      await eventually(async () => (await client.status("GET", "/readyz")) === 200);
      await eventually(async () => (await client.json("/v1/cluster")).store === "ok");
    });
    after(async () => {
      client?.close();
      if (process && process.exitCode === null) {
        const ended = once(process, "exit");
        process.kill("SIGTERM");
        await ended;
      }
      if (node?.running) await node.kill();
      if (folder) rmSync(folder, { recursive: true });
    });

    it("counts hits and visits exactly", async () => {
      const before = await committed("visits");
      await inLanes(1_000, async () => assert.equal(await client.status("POST", "/v1/counters/load/hits"), 200));
      await inLanes(100, async () => assert.equal(await client.status("GET", "/"), 200));
      assert.equal(await committed("load"), 1_000);
      assert.equal((await committed("visits")) - before, 100);
    });

    it("tells the node the client's address, whatever the client says", async () => {
      const greedy = new HttpsClient(httpsPort, "127.0.0.9");
      const create = (by: HttpsClient, name: string, claimed: string) =>
        by.status("POST", `/v1/counters/${name}/hits`, { "x-forwarded-for": claimed, forwarded: `for=${claimed}` });
      const statuses: (number | null)[] = [];
      for (let index = 0; index < 70; index += 1)
        statuses.push(await create(greedy, `new-${index}`, `192.0.2.${index}`));
      assert.deepEqual(new Set(statuses), new Set([200, 429]));
      assert.equal(await create(client, "of-others", "127.0.0.9"), 200);
      greedy.close();
    });

    it("passes events on at once", async () => {
      const stream = await client.open("GET", "/v1/events?counter=live");
      assert.equal(stream.headers["content-type"], "text/event-stream; charset=utf-8");
      let text = "";
      stream.on("data", (chunk) => {
        text += chunk;
      });
      await eventually(() => text.includes("data: "));
      assert.equal(await client.status("POST", "/v1/counters/live/hits"), 200);
      await eventually(() => /"counter":"live","value":1,"committed":1/.test(text));
      stream.destroy();
    });

    it("counts exactly while the node restarts", async () => {
      const statuses: (number | null)[] = [];
      let running = true;
      const lane = async () => {
        while (running) statuses.push(await client.status("POST", "/v1/counters/restart/hits"));
      };
      const lanes = Array.from({ length: LANES }, lane);
      await eventually(() => statuses.length > 100);
      await node.terminate();
      await node.start();
      const enough = statuses.length + 100;
      await eventually(() => statuses.length > enough);
      running = false;
      await Promise.all(lanes);
      const acknowledged = statuses.filter((status) => status === 200).length;
      // A draining node refuses hits with 503. Any other failure leaves open whether the hit was counted.
      const unknown = statuses.filter((status) => status !== 200 && status !== 503).length;
      const counted = await committed("restart");
      assert.ok(
        counted >= acknowledged && counted <= acknowledged + unknown,
        `${acknowledged} <= ${counted}, ${unknown}`,
      );
      // Only requests that were on their way when the node ended: the others waited. A lane sends hundreds a second.
      if (proxy.waits) assert.ok(unknown <= 5 * LANES, `${unknown} of ${statuses.length} requests failed`);
    });

    async function committed(counter: string): Promise<number> {
      await eventually(async () => (await client.json("/v1/cluster")).pending === 0);
      const { committed } = await client.json(`/v1/counters/${counter}`);
      return typeof committed === "number" ? committed : 0;
    }
  });
}

async function inLanes(times: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  const lane = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
