import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("idle_process.ts", import.meta.url));
const SMALL_BYTES = 20_000_000;
/** V8 looks at what is allocated every 8 s. */
const SHRUNK_MS = 80_000;

describe("the heap of an idle process", () => {
  let child: ChildProcess | undefined;

  after(() => void child?.kill("SIGKILL"));

  it("loses its garbage", async () => {
    let heap = Number.POSITIVE_INFINITY;
    child = fork(SCRIPT, { execArgv: [] });
    child.on("message", (message: { heap: number }) => {
      heap = message.heap;
    });
    for (const begun = performance.now(); heap > SMALL_BYTES; await sleep(100))
      assert.ok(performance.now() - begun < SHRUNK_MS, `the heap still takes ${heap} bytes`);
  });
});
