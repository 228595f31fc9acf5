import assert from "node:assert/strict";
import type { CounterCluster } from "../../internal/core/operator/counter_cluster.ts";
import { countsExactlyWhile } from "./counting.ts";
import { readObject } from "./kubectl.ts";
import { foundDefinition, makeNewerChart, ourRevision, putDefinitionBack, removeNewerChart } from "./newer_chart.ts";
import { createNamespace, helmInstall, helmUninstall, helmUpgrade, install, removeRelease } from "./release.ts";
import { pods, ready } from "./visits.ts";

const namespace = "global-cluster-e2e-upgrade";
const beside = "global-cluster-e2e-beside";
const OLDER_REFUSED = /a newer definition of CounterCluster, which stays if you install with --skip-crds/;

describe("on a real cluster, a newer chart whose definition has a new field", function () {
  this.timeout(900_000);
  const newer = { revision: ourRevision() + 1, knowsNote: true };
  let chart: string;

  before(async () => {
    chart = await makeNewerChart();
    await install(namespace, { replicas: 2 });
  });
  after(async () => {
    for (const one of [namespace, beside]) await removeRelease(one);
    await putDefinitionBack();
    await removeNewerChart(chart);
  });

  it("upgrades the definition and the resource together, and restarts no counter", async () => {
    assert.deepEqual(await foundDefinition(), { revision: ourRevision(), knowsNote: false });
    const before = await uids();
    await countsExactlyWhile({ namespace, counter: "new-field" }, async () => {
      await helmUpgrade(namespace, { note: "hello" }, { chart });
      await ready(namespace, 2);
    });
    assert.deepEqual(await foundDefinition(), newer);
    assert.equal(await note(), "hello");
    assert.deepEqual(await uids(), before);
  });

  it("can be installed over a kept definition", async () => {
    await helmUninstall(namespace);
    assert.deepEqual(await foundDefinition(), newer);
    await helmInstall(namespace, { replicas: 2, note: "again" }, { chart });
    assert.equal(await note(), "again");
  });

  it("keeps its definition when an older chart is installed beside it", async () => {
    await createNamespace(beside);
    await installOlder();
    assert.deepEqual(await foundDefinition(), newer);
    assert.equal(await note(), "again");
  });
});

/** Helm 4 tries to apply crds/, and the API server refuses it with a message that says what to do. Helm 3 does not touch an existing definition. */
async function installOlder(): Promise<void> {
  try {
    await helmInstall(beside, { replicas: 1 });
  } catch (error) {
    assert.match(String(error), OLDER_REFUSED);
    await helmInstall(beside, { replicas: 1 }, { flags: ["--skip-crds"] });
  }
}

async function note(): Promise<string | undefined> {
  type Newer = CounterCluster & { readonly spec: { readonly note?: string } };
  return (await readObject<Newer>(namespace, "gcc", "visits"))?.spec.note;
}

async function uids(): Promise<string[]> {
  return (await pods(namespace)).map(({ metadata }) => metadata.uid).sort();
}
