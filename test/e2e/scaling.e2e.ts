import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { watchesOfNamespaces, withRequestsCounted } from "./api_requests.ts";
import { countsExactlyWhile, expectAllAnswered } from "./counting.ts";
import { kubectl, readObject } from "./kubectl.ts";
import type { Sent } from "./load.ts";
import { measured } from "./measured.ts";
import { timed, until } from "./programs.ts";
import { install, removeRelease } from "./release.ts";
import { change, eventsFromNow, pods, quiet, ready, scale, visits } from "./visits.ts";

const namespace = "global-cluster-e2e-scaling";

const STORE = "app.kubernetes.io/instance=visits,app.kubernetes.io/component=etcd";
const MINUTE = 60_000;

describe("on a real cluster, intended changes", function () {
  this.timeout(900_000);

  before(() => install(namespace, { replicas: 3 }));
  after(() => removeRelease(namespace));

  it("scales from 3 to 10 and refuses no hit", async () => {
    const sent = await scalesUnderLoad(10, "scaled-up");
    measured("hits refused or unanswered while scaling up", sent.refused + sent.unanswered, `of ${sent.acknowledged}`);
    expectAllAnswered(sent);
  });

  it("sends the API server few requests while its ten pods are idle", async () => {
    await quiet(namespace);
    await withRequestsCounted(namespace, async (asked) => {
      const before = await asked();
      await sleep(MINUTE);
      const after = await asked();
      measured("requests to the API server from a quiet cluster of 10 pods", after - before, "in a minute");
      // A watch is one long request. Watches are renewed after some minutes, perhaps not during this one.
      measured("what it has open of it", await watchesOfNamespaces(), "watches, each opened anew after 290 s");
      await kubectl("-n", namespace, "delete", "poddisruptionbudget", "visits");
      await until("what was deleted is back", 90, () => readObject(namespace, "poddisruptionbudget", "visits"));
      assert.ok((await asked()) > after, "that took no request: they are not counted");
    });
  });

  it("scales from 10 to 2, refuses no hit, and reports it", async () => {
    const told = await eventsFromNow(namespace);
    const sent = await scalesUnderLoad(2, "scaled-down");
    measured(
      "hits refused or unanswered while scaling down",
      sent.refused + sent.unanswered,
      `of ${sent.acknowledged}`,
    );
    expectAllAnswered(sent);
    const reasons = (await told()).map(({ reason }) => reason);
    for (const reason of ["Scaled", "PodDrained"])
      assert.ok(reasons.includes(reason), `no event ${reason} among ${reasons}`);
  });

  it("rolls out an update and refuses no hit", async () => {
    const sent = await countsExactlyWhile({ namespace, counter: "updated" }, async () => {
      const before = new Set((await pods(namespace)).map(({ metadata }) => metadata.uid));
      await change(namespace, { podTemplate: { annotations: { "example.org/version": "2" } } });
      await until("every pod is new", 300, async () => {
        const now = await pods(namespace);
        return now.length === 2 && now.every(({ metadata }) => !before.has(metadata.uid));
      });
      await ready(namespace, 2);
    });
    measured("hits refused or unanswered while rolling out", sent.refused + sent.unanswered, `of ${sent.acknowledged}`);
    expectAllAnswered(sent);
  });

  it("leaves the store and the counting pods alone when the counters get an image that does not exist", async () => {
    const running = async () => (await pods(namespace, STORE)).map(({ metadata }) => metadata.uid);
    const store = await running();
    const counters = (await pods(namespace)).length;
    const sent = await countsExactlyWhile({ namespace, counter: "wrong-image", committed: true }, async () => {
      await change(namespace, { image: "global-cluster:missing", imagePullPolicy: null });
      await until("it is told that the image is missing", 150, async () =>
        (await visits(namespace)).status?.conditions?.some(({ reason }) => reason === "ImageNotPulled"),
      );
      await sleep(5_000);
      assert.deepEqual(await running(), store);
      await change(namespace, { image: null, imagePullPolicy: "IfNotPresent" });
      await ready(namespace, counters);
    });
    expectAllAnswered(sent);
    assert.deepEqual(await running(), store);
  });

  it("restores what somebody changes or deletes", async () => {
    const told = await eventsFromNow(namespace);
    await kubectl("-n", namespace, "scale", "deployment/visits", "--replicas=4");
    await until("the Deployment has 2 replicas again", 90, async () => (await replicas()) === 2);
    await kubectl("-n", namespace, "delete", "service", "visits");
    await until("the Service is back", 90, () => readObject(namespace, "service", "visits"));
    const messages = (await told()).map(({ message }) => message);
    assert.match(messages.join("\n"), /kubectl scale gcc\/visits/);
  });
});

async function scalesUnderLoad(replicas: number, counter: string): Promise<Sent> {
  return countsExactlyWhile({ namespace, counter }, async () => {
    await scale(namespace, replicas);
    measured(`kubectl scale to ${replicas} ready`, await timed(() => ready(namespace, replicas)), "s");
  });
}

async function replicas(): Promise<number | undefined> {
  return (await readObject<{ metadata: never; spec: { replicas: number } }>(namespace, "deployment", "visits"))?.spec
    .replicas;
}
