import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterProcess, threeFreePorts } from "../cmd/supervisor/cluster_process.ts";
import { needs } from "../needs.ts";
import { Load } from "./load.ts";

/** `npm start` as on a laptop, with load on it. */
describe("the start command under load", () => {
  let directory: string;
  let port: number;
  let cluster: ClusterProcess;
  let load: Load;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "supervised-"));
    port = await threeFreePorts();
    cluster = new ClusterProcess("../../../cmd/cluster.ts", [
      "--port",
      String(port),
      "--data-dir",
      directory,
      "--max-by",
      "3",
    ]);
    let life = 0;
    // A new life for each call: this test does not compare values within a life, because it does not know the lives.
    load = new Load(() => [0, 1, 2].map((i) => ({ name: `node-${port + i}`, port: port + i, life: ++life })));
  });
  after(async () => {
    await load.stop();
    await cluster.end();
    rmSync(directory, { recursive: true });
  });

  it("restarts a killed node, and the total is exact after Ctrl-C", async function () {
    needs(this, "ps");
    await cluster.ready();
    load.start();
    await cluster.until("there was load", () => load.total("acknowledged") > 200);
    for (const victim of [port, port + 1]) {
      process.kill(cluster.pidOf(victim), "SIGKILL");
      await cluster.until("it is back", () => cluster.says(`node-${victim} ended`) < backs(victim));
    }
    const enough = load.total("acknowledged") + 200;
    await cluster.until("there was more load", () => load.total("acknowledged") > enough);
    await load.stop();
    cluster.pressCtrlC();
    assert.equal(await cluster.exitCode(), 0, cluster.output);
    const sent = load.sent.get("visits");
    assert.ok(sent);
    const counted = Number(/(\d+) visits committed\.\n/.exec(cluster.output)?.[1]);
    assert.ok(
      counted >= sent.acknowledged && counted <= sent.acknowledged + sent.unanswered,
      `${counted} of ${JSON.stringify(sent)}`,
    );
    assert.deepEqual(load.wrong, []);
  });

  /** How often the node on `port` was ready. */
  function backs(port: number): number {
    return cluster.output.split("\n").filter((line) => line.startsWith(`node-${port} (`) && line.includes("is ready"))
      .length;
  }
});
