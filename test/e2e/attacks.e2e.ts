import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { HTTP_PORT, PEER_PORT } from "../../internal/core/operator/desired/ports.ts";
import { attackFrom } from "./attacker_pod.ts";
import { deleteNamespace, kubectl } from "./kubectl.ts";
import { startLoad, stopLoad } from "./load.ts";
import { createNamespace, install, removeRelease } from "./release.ts";
import { pods } from "./visits.ts";

const namespace = "global-cluster-e2e-attacks";
const elsewhere = "global-cluster-e2e-attacker";
const SECONDS = ["--seconds", "3"];
/** What anybody may try who reaches the page. */
const PUBLIC = [7, 8, 9, 10, 15, 18];
/** What somebody may try who reaches the ports that are for counters. */
const INSIDE = [1, 2, 3, 4, 5, 6];
/** A pod with them passes for a counter before the policies. */
const LABELS = {
  "app.kubernetes.io/name": "global-cluster",
  "app.kubernetes.io/instance": "visits",
  "app.kubernetes.io/component": "counter",
};

/** `npm run attacks` from pods of strangers, against a cluster that the operator made. */
describe("on a real cluster, npm run attacks", function () {
  this.timeout(900_000);

  before(async () => {
    await install(namespace, { replicas: 2 });
    await createNamespace(elsewhere);
  });
  after(async () => {
    await removeRelease(namespace);
    await deleteNamespace(elsewhere);
  });

  it("finds every bound held, from a pod in another namespace", async () => {
    const server = `http://visits.${namespace}.svc.cluster.local`;
    await everyBoundHolds(elsewhere, PUBLIC, ["--server", server]);
    await othersStillCreate();
  });

  it("is refused by certificates where a pod has got past the policies", async () => {
    const [pod] = await pods(namespace);
    const counter = pod?.status.podIP;
    assert.ok(pod && counter, "a counter has an address");
    const store = `visits-etcd.${namespace}.svc.cluster.local:2379`;
    const targets = [
      "--server",
      `http://${counter}:${HTTP_PORT}`,
      "--peer",
      `${counter}:${PEER_PORT}`,
      "--store",
      store,
    ];
    await everyBoundHolds(namespace, INSIDE, targets, LABELS);
    // Otherwise the policies would have kept it away, and nothing would have been tried.
    assert.match(await kubectl("-n", namespace, "logs", `pod/${pod.metadata.name}`), /refused a peer's connection/);
  });
});

/** The attacker has used up the new names of its own address. */
async function othersStillCreate(): Promise<void> {
  const counter = "created-by-others";
  await startLoad({ namespace, counter, rate: 10 });
  await sleep(1_000);
  const { acknowledged, refused, why } = await stopLoad(counter);
  assert.ok(acknowledged > 0 && refused === 0, `${acknowledged} counted, ${refused} refused ${JSON.stringify(why)}`);
}

async function everyBoundHolds(
  from: string,
  numbers: readonly number[],
  targets: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { printed, code } = await attackFrom(from, numbers, [...targets, ...SECONDS], labels);
  console.log(printed.replace(/^/gm, "      "));
  assert.equal(code, 0, printed);
  for (const number of numbers) assert.match(printed, new RegExp(`^${number} .* yes *$`, "m"), printed);
}
