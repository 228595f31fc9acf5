import assert from "node:assert/strict";
import { clusterState, committed, countsExactlyWhile } from "./counting.ts";
import { killProcess } from "./destroying.ts";
import { kubectl, readObject } from "./kubectl.ts";
import type { Sent } from "./load.ts";
import { measured } from "./measured.ts";
import { until } from "./programs.ts";
import { install, removeRelease } from "./release.ts";
import { leader, type Pod, pods, ready, scale } from "./visits.ts";

const namespace = "global-cluster-e2e-keyed";
/** Its hits are repeated until the ledger takes keys. */
const FIRST = "first-orders";
const STORE = "visits-etcd-0";
/** What a client may be told that does not get an answer: ask again. Until the counter exists, each request is one for a new counter. */
const ASK_AGAIN = /^(503|429) /;

/** A client that sends every unanswered request again with its key: whatever happens, sent = counted, with nothing unsure. */
describe("on a real cluster, clients that repeat with a key", function () {
  this.timeout(900_000);

  before(() =>
    install(namespace, {
      replicas: 3,
      podTemplate: {
        shareProcessNamespace: true,
        env: [{ name: "GLOBAL_CLUSTER_CONVERSION_DELAY", value: "0s" }],
      },
    }),
  );
  after(() => removeRelease(namespace));

  it("count each hit once, through kill -9 of leader and nodes, fail-over, drains, and the end of etcd's pod", async () => {
    await countsExactlyWhile({ namespace, counter: FIRST, keyed: true, rate: 2 }, keysAreTaken);
    const sent = await countsExactlyWhile({ namespace, counter: "orders", keyed: true, rate: 50 }, async () => {
      await killProcess(namespace, await leader(namespace));
      await ready(namespace, 3);
      await killProcess(namespace, await follower());
      await ready(namespace, 3);
      await leaderIsDeleted();
      await ready(namespace, 3);
      await scale(namespace, 2);
      await ready(namespace, 2);
      await scale(namespace, 3);
      await ready(namespace, 3);
      await storeIsDeleted();
      await ready(namespace, 3);
    });
    const repeated = Object.values(sent.why).reduce((sum, times) => sum + times, 0);
    const words = JSON.stringify(sent);
    measured(
      "hits with keys that were sent",
      sent.acknowledged,
      `, ${repeated} times again, ${sent.duplicates} duplicates`,
    );
    assert.ok(repeated > 0, `nothing was in the way: ${words}`);
    assert.deepEqual(wrong(sent), [], words);
  });
});

/** Responses that no client may get. Others are broken connections, which have a code. */
function wrong({ why }: Sent): string[] {
  return Object.keys(why).filter((reason) => /^\d/.test(reason) && !ASK_AGAIN.test(reason));
}

async function keysAreTaken(): Promise<void> {
  await until("a hit with a key is counted", 90, async () => (await committed(namespace, FIRST)) > 0);
}

async function follower(): Promise<string> {
  const leads = await leader(namespace);
  const found = (await pods(namespace)).find(({ metadata }) => metadata.name !== leads);
  assert.ok(found, `there is no counter beside ${leads}`);
  return found.metadata.name;
}

async function leaderIsDeleted(): Promise<void> {
  const old = await leader(namespace);
  await kubectl("-n", namespace, "delete", "pod", old, "--wait=false");
  await until("another pod leads", 150, async () => (await leader(namespace)) !== old);
}

async function storeIsDeleted(): Promise<void> {
  const before = await storeUid();
  await kubectl("-n", namespace, "delete", "pod", STORE, "--grace-period=1");
  await until("etcd has another pod", 150, async () => ![undefined, before].includes(await storeUid()));
  await until("the store is back", 180, async () => (await clusterState(namespace)).store === "ok");
}

async function storeUid(): Promise<string | undefined> {
  return (await readObject<Pod>(namespace, "pod", STORE))?.metadata.uid;
}
