import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { countsExactlyWhile } from "./counting.ts";
import { queriesWithoutData, type ScrapeTarget } from "./dashboard_queries.ts";
import { kubectl } from "./kubectl.ts";
import { measured } from "./measured.ts";
import { install, OPERATOR, removeRelease } from "./release.ts";
import { leader, pods } from "./visits.ts";

const namespace = "global-cluster-e2e-observing";
const owner = { namespace, name: "visits" };

describe("on a real cluster, what can be seen", function () {
  this.timeout(240_000);

  before(() => install(namespace, { replicas: 3, monitoring: { dashboard: {} } }));
  after(() => removeRelease(namespace));

  it("answers each query of the dashboard to a Prometheus that looks at the pods", async () => {
    await countsExactlyWhile({ namespace, counter: "visits" }, async () => {
      const without = await withProxy(async (address) => queriesWithoutData(owner, await targets(address)));
      assert.deepEqual(without, []);
    });
  });

  it("offers the dashboard where Grafana's sidecar looks", async () => {
    const found = await kubectl("-n", namespace, "get", "configmap", "-l", "grafana_dashboard=1", "-o", "name");
    assert.equal(found.trim(), "configmap/visits-dashboard");
  });

  it("tells its state in one line", async () => {
    const line = await kubectl("-n", namespace, "get", "gcc", "visits", "--no-headers");
    assert.match(line, /^visits +True +visits-\S+ +\d+ /);
    await tellMemory();
  });
});

/** Asks `kubectl proxy`, since pods' addresses are not reachable from wherever kubectl is. */
async function withProxy<T>(act: (address: string) => Promise<T>): Promise<T> {
  const proxy = spawn("kubectl", ["proxy", "--port=0"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(proxy.stdout, "data")) as [Buffer];
    const address = /127\.0\.0\.1:\d+/.exec(line.toString())?.[0];
    assert.ok(address, `kubectl proxy said ${line}`);
    return await act(address);
  } finally {
    proxy.kill();
    await once(proxy, "close");
  }
}

async function targets(address: string): Promise<ScrapeTarget[]> {
  const counters = (await pods(namespace)).map(({ metadata }) => ({ pod: metadata.name, port: 4000 }));
  const root = `/api/v1/namespaces/${namespace}/pods`;
  const all = [...counters, { pod: "visits-etcd-0", port: 2381 }];
  return all.map(({ pod, port }) => ({ address, pod, path: `${root}/${pod}:${port}/proxy/metrics` }));
}

async function tellMemory(): Promise<void> {
  const leading = await leader(namespace);
  for (const { metadata } of await pods(namespace)) {
    const role = metadata.name === leading ? "the leader" : "a follower";
    measured(`memory of ${role}`, await residentMegabytes(metadata.name, "counter"), "MB");
  }
  for (const { metadata } of await pods(namespace, OPERATOR))
    measured("memory of the operator", await residentMegabytes(metadata.name, "operator"), "MB");
}

async function residentMegabytes(pod: string, container: string): Promise<number> {
  const script = 'console.log(/VmRSS:\\s+(\\d+)/.exec(fs.readFileSync("/proc/1/status", "latin1"))[1])';
  const kilobytes = await kubectl("-n", namespace, "exec", pod, "-c", container, "--", "node", "-e", script);
  return Math.round(Number(kilobytes) / 1_024);
}
