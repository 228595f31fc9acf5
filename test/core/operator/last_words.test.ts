import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lastWords } from "../../../internal/core/operator/last_words.ts";
import { conditionIn, pod, running, statusOf, told } from "./samples.ts";

const NODE = fileURLToPath(new URL("../../../cmd/node.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "global-cluster-"));
/** https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/#customizing-the-termination-message */
const LONGEST_LOG_TAIL = 2_048;

/** What `FallbackToLogsOnError` puts into the status of a counter pod with these additional variables: the end of the container's log. */
function counterThatFails(env: Record<string, string>): { exitCode: number; message: string } {
  // A store that nobody needs: it is opened before the data directory.
  const store = `sqlite:${join(folder, "store.db")}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [NODE], {
    env: { GLOBAL_CLUSTER_LOG: "json", GLOBAL_CLUSTER_STORE: store, ...env },
    encoding: "utf8",
  });
  return { exitCode: status ?? -1, message: (stdout + stderr).slice(-LONGEST_LOG_TAIL) };
}

function statusWith(terminated: { exitCode: number; reason?: string; message?: string }) {
  const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" } };
  const containerStatuses = [{ name: "counter", state, lastState: { terminated } }];
  return statusOf(running({}, { pods: [pod("visits-a", "counter", { containerStatuses })] }));
}

describe("the condition of a pod that crashes", () => {
  after(() => rmSync(folder, { recursive: true }));

  it("names the mistyped variables of a real counter, in one line", () => {
    const ended = counterThatFails({ GLOBAL_CLUSTER_INTREVAL: "2s", GLOBAL_CLUSTER_MAX_COUNTERS: "many" });
    assert.equal(ended.exitCode, 2);
    const status = statusWith(ended);
    assert.equal(told(status, "Degraded"), "True PodCrashes");
    const { message } = conditionIn(status, "Degraded");
    assert.match(message, /^visits-a \(container counter\): .*GLOBAL_CLUSTER_INTREVAL.*GLOBAL_CLUSTER_INTERVAL/);
    assert.match(message, /GLOBAL_CLUSTER_MAX_COUNTERS/);
    assert.doesNotMatch(message, /\n|Try:/);
  });

  it("has the reason of a real counter that cannot open its data directory", () => {
    const ended = counterThatFails({
      GLOBAL_CLUSTER_DATA_DIR: "/dev/null/data",
      GLOBAL_CLUSTER_NAME: "visits-a",
      GLOBAL_CLUSTER_PORT: "0",
    });
    assert.equal(ended.exitCode, 2);
    assert.match(conditionIn(statusWith(ended), "Degraded").message, /: Not started: .*\/dev\/null\/data/);
  });

  it("has the exit code of a process that was killed while all was well", () => {
    const message = '{"level":"info","event":"serves"}\n{"level":"info","event":"follows","leader":"visits-b"}\n';
    const status = statusWith({ exitCode: 137, reason: "OOMKilled", message });
    assert.match(conditionIn(status, "Degraded").message, /\(container counter\): ended with code 137 \(OOMKilled\)$/);
  });
});

describe("a process's last words", () => {
  const TABLE: [what: string, log: string, words: string | null][] = [
    ["are none without a log", "", null],
    ["are none in a line that was cut", 'el":"fatal","msg":"discovery failed","stacktrace":"main.main"}', null],
    ["are none in a report of a drain", '{"handedOver":0,"left":0}', null],
    [
      "are a logged error",
      '{"level":"error","event":"Refuses: the volume is of 3 members"}',
      "Refuses: the volume is of 3 members",
    ],
    [
      "are a logged error with its cause",
      '{"level":"info","event":"x"}\n{"level":"fatal","ts":"2026","msg":"discovery failed","error":"member count is unequal"}',
      "discovery failed: member count is unequal",
    ],
    [
      "are the lines after the last logged one",
      '{"level":"info","event":"x"}\nNot started: Cannot listen on 0.0.0.0:4000: EADDRINUSE (settings --host, --port)\n',
      "Not started: Cannot listen on 0.0.0.0:4000: EADDRINUSE (settings --host, --port)",
    ],
    [
      "are all mistakes without the hint that only helps in a terminal",
      "Not started:\n  A is unknown here\n  B must be a number\nTry: npm run node -- --help\n",
      "Not started: A is unknown here | B must be a number",
    ],
    [
      "are an error without its stack",
      "Not started: TypeError: x is not a function\n    at start (file:///app/cmd/node.ts:9:3)\n    at node:internal/main:1:1\n",
      "Not started: TypeError: x is not a function",
    ],
    [
      "are an error that nobody caught, as Node prints it",
      'file:///app/a.ts:1\nthrow new Error("why");\n      ^\n\nError: why\n    at file:///app/a.ts:1:7\n\nNode.js v24.21.0\n',
      "Error: why",
    ],
  ];
  for (const [what, log, words] of TABLE) it(what, () => assert.equal(lastWords(log), words));

  it("have a longest length, of which the beginning says most", () => {
    const words = lastWords(`Not started:\n${"  A_VARIABLE is unknown here\n".repeat(60)}Try: --help\n`) ?? "";
    assert.ok(words.length <= 500, String(words.length));
    assert.match(words, /^Not started: A_VARIABLE is unknown here \| .*…$/);
  });
});
