import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

const CONNECT = new URL("../../../internal/adapters/kubernetes/connect.ts", import.meta.url).href;

/** Whether `call` of connect.ts loads the client library, in a new process with the environment of a pod. */
function loadsLibrary(call: string): boolean {
  const program = `
    import { registerHooks } from "node:module";
    const resolved = new Set();
    registerHooks({ resolve: (name, context, next) => resolved.add(name) && next(name, context) });
    const options = { clock: null, random: null, logger: null, version: "test" };
    const connect = await import(${JSON.stringify(CONNECT)});
    await connect.${call};
    console.log(resolved.has("@kubernetes/client-node"));
  `;
  const { KUBECONFIG: _, ...env } = process.env;
  const pod = { ...env, KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    env: pod,
    encoding: "utf8",
  });
  assert.match(stdout, /^(true|false)\n$/, stderr);
  return stdout === "true\n";
}

/** It takes 85 MB, and loading it blocks the process for half a second. */
describe("the client library", () => {
  it("is not loaded by a counter, which only watches its pods", () => {
    assert.equal(loadsLibrary("connectWatcher(options)"), false);
  });

  it("is loaded by an operator", () => {
    assert.equal(loadsLibrary("connectKubernetes(null, options)"), true);
  });
});
