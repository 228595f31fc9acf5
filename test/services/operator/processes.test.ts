import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireApiServer } from "../../adapters/kubernetes/api_server.ts";
import { complaints } from "../../adapters/prometheus/promtool.ts";
import { eventually } from "../../eventually.ts";
import { needs } from "../../needs.ts";
import { SeededRandom } from "../../simulation/seeded_random.ts";
import { OperatorProcess } from "./operator_process.ts";
import { OperatorWorld } from "./operator_world.ts";

describe("operator: its process", () => {
  let world: OperatorWorld;
  const processes: OperatorProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), "operator-"));
  after(() => rmSync(folder, { recursive: true }));
  before(function () {
    requireApiServer(this);
  });
  beforeEach(async () => {
    world = await OperatorWorld.begin();
  });
  afterEach(async () => {
    for (const process of processes.splice(0)) await process.kill();
    await world.end();
  });

  function start(flags: Readonly<Record<string, string>>): OperatorProcess {
    const { kubeconfig } = world.server;
    const process = new OperatorProcess({ "--kubeconfig": kubeconfig, "--namespaces": world.namespace, ...flags });
    processes.push(process);
    return process;
  }

  it("serves its health, and metrics that promtool accepts; SIGTERM ends it cleanly and leaves everything", async function () {
    needs(this, "promtool");
    const operator = start({ "--image": "counter:1" });
    await world.make("visits");
    await eventually(async () => await world.child("Deployment", "visits"));
    assert.deepEqual(await operator.get("/healthz"), { status: 200, text: "alive\n" });
    assert.deepEqual(await operator.get("/readyz"), { status: 200, text: "ready\n" });
    assert.equal((await operator.get("/")).status, 404);
    const text = await eventually(async () => {
      const { text } = await operator.get("/metrics");
      return /^global_cluster_operator_reconcile_seconds_count\{outcome="done"\} [1-9]/m.test(text) ? text : null;
    });
    assert.ok(/^global_cluster_operator_resources 1$/m.test(text));
    assert.equal(complaints(text), "");
    const [first] = operator.lines;
    assert.deepEqual([first?.level, first?.name], ["info", "operator"]);
    assert.equal(await operator.terminate(), 0);
    assert.ok(await world.child("Deployment", "visits"));
  });

  it("is not ready before it has read all lists", async () => {
    const nobody = join(folder, "kubeconfig");
    const { kubeconfig, endpoint } = world.server;
    writeFileSync(nobody, readFileSync(kubeconfig, "utf8").replaceAll(endpoint, "127.0.0.1:1"));
    const operator = start({ "--image": "counter:1", "--kubeconfig": nobody });
    await eventually(async () => (await operator.get("/healthz")).status === 200);
    assert.equal((await operator.get("/readyz")).status, 503);
  });

  it("may be killed at any moment: the next one continues", async () => {
    const random = new SeededRandom(4);
    for (let round = 1; round <= 4; round += 1) {
      const operator = start({ "--image": `counter:${round}` });
      await operator.listening();
      await world.make("visits", { replicas: round, disruptionBudget: round % 2 === 0 });
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 400)));
      await operator.kill();
    }
    const running = world.operate();
    await world.settled(running);
    assert.equal((await world.child("Deployment", "visits"))?.spec?.replicas, 4);
    assert.equal((await world.children()).size, 15);
    await eventually(() => running.outcomes.at(-1) === "done");
  });

  it("refuses all invalid settings at once, with exit code 2", async () => {
    const operator = start({ "--image": "no image", "--port": "x", "--clas": "a" });
    assert.equal(await operator.ended(), 2);
    for (const words of [/--image must be an image/, /--port must be/, /--clas is unknown; did you mean --class\?/]) {
      assert.match(operator.errors, words);
    }
  });
});
