import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ADMIN_PORT } from "../../internal/core/operator/desired/ports.ts";
import { committed, countsExactlyWhile } from "./counting.ts";
import { queriesWithoutData, type ScrapeTarget } from "./dashboard_queries.ts";
import { residentMegabytes, secondsToServe } from "./inside_pods.ts";
import { kubectl, withApiProxy } from "./kubectl.ts";
import { measured } from "./measured.ts";
import { until } from "./programs.ts";
import { install, OPERATOR, removeRelease } from "./release.ts";
import { leader, pods, ready } from "./visits.ts";

const namespace = "global-cluster-e2e-observing";
const owner = { namespace, name: "visits" };

describe("on a real cluster, what people see", function () {
  this.timeout(900_000);

  before(() => install(namespace, { replicas: 3, monitoring: { dashboard: {} } }));
  after(() => removeRelease(namespace));

  it("has data for each query of the dashboard in a Prometheus that scrapes the pods", async () => {
    await countsExactlyWhile({ namespace, counter: "visits" }, async () => {
      const without = await withApiProxy(async (address) => queriesWithoutData(owner, await targets(address)));
      assert.deepEqual(without, []);
    });
  });

  it("has the dashboard where Grafana's sidecar looks", async () => {
    const found = await kubectl("-n", namespace, "get", "configmap", "-l", "grafana_dashboard=1", "-o", "name");
    assert.equal(found.trim(), "configmap/visits-dashboard");
  });

  it("shows its state in one line, with the hits of all counters", async () => {
    await countsExactlyWhile({ namespace, counter: "blog" }, () => sleep(2_000));
    const [visits, blog] = await Promise.all([committed(namespace, "visits"), committed(namespace, "blog")]);
    assert.ok(visits > 0 && blog > 0, `visits ${visits}, blog ${blog}`);
    await until("TOTAL is the sum of all counters", 90, async () => {
      const line = await kubectl("-n", namespace, "get", "gcc", "visits", "--no-headers");
      return Number(/^visits +True +visits-\S+ +(\d+) /.exec(line)?.[1]) === visits + blog;
    });
  });

  it("uses little memory", async () => {
    const leading = await leader(namespace);
    for (const { metadata } of await pods(namespace)) {
      const [role, goal] = metadata.name === leading ? ["the leader", 185] : ["a follower", 100];
      await expectMemory(`memory of ${role}`, metadata.name, "counter", Number(goal));
    }
    for (const { metadata } of await pods(namespace, OPERATOR))
      await expectMemory("memory of the operator", metadata.name, "operator", 185);
  });

  it("counts within two seconds of its process's start", async () => {
    // More than one try, because the machine may be busy with something else.
    await until("a pod counts within 2 s", 300, async () => {
      const seconds = await secondsToServe(namespace, await replaceOnePod());
      measured("a pod's process to its first hit", seconds, "s (goal: 2)");
      return seconds < 2;
    });
  });
});

/** Deletes a pod. Resolves to the name of its replacement. */
async function replaceOnePod(): Promise<string> {
  const before = (await pods(namespace)).map(({ metadata }) => metadata.name);
  await kubectl("-n", namespace, "delete", "pod", before[0]!);
  await ready(namespace, 3);
  const [replacement] = (await pods(namespace)).filter(({ metadata }) => !before.includes(metadata.name));
  assert.ok(replacement, "no pod came in its place");
  return replacement.metadata.name;
}

async function targets(address: string): Promise<ScrapeTarget[]> {
  const counters = (await pods(namespace)).map(({ metadata }) => ({ pod: metadata.name, port: ADMIN_PORT }));
  const root = `/api/v1/namespaces/${namespace}/pods`;
  const all = [...counters, { pod: "visits-etcd-0", port: 2381 }];
  return all.map(({ pod, port }) => ({ address, pod, path: `${root}/${pod}:${port}/proxy/metrics` }));
}

/** `goal`: in megabytes. The memory of a process varies from run to run, so up to 50% more is accepted. */
async function expectMemory(what: string, pod: string, container: string, goal: number): Promise<void> {
  const taken = await residentMegabytes(namespace, pod, container);
  measured(what, taken, `MB (goal: ${goal})`);
  assert.ok(taken < 1.5 * goal, `${what}: ${taken} MB`);
}
