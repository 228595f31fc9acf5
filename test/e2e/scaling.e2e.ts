import assert from "node:assert/strict";
import { countsExactlyWhile } from "./counting.ts";
import { kubectl, readObject } from "./kubectl.ts";
import { measured } from "./measured.ts";
import { timed, until } from "./programs.ts";
import { install, removeRelease } from "./release.ts";
import { change, eventReasons, pods, ready, scale } from "./visits.ts";

const namespace = "global-cluster-e2e-scaling";

describe("on a real cluster, what changes on purpose", function () {
  this.timeout(300_000);

  before(() => install(namespace, { replicas: 3 }));
  after(() => removeRelease(namespace));

  it("scales from 3 to 10 to 2 and refuses nobody", async () => {
    const sent = await countsExactlyWhile({ namespace, counter: "scaled" }, async () => {
      await scale(namespace, 10);
      measured("scale from 3 to 10 ready", await timed(() => ready(namespace, 10)), "s");
      await scale(namespace, 2);
      measured("scale from 10 to 2", await timed(() => ready(namespace, 2)), "s");
    });
    measured("hits refused or unanswered while scaling", sent.refused + sent.unanswered, `of ${sent.acknowledged}`);
    const told = await eventReasons(namespace);
    for (const reason of ["Scaled", "PodDrained"]) assert.ok(told.includes(reason), `no event ${reason} among ${told}`);
  });

  it("rolls out an update and refuses nobody", async () => {
    const sent = await countsExactlyWhile({ namespace, counter: "updated" }, async () => {
      const before = new Set((await pods(namespace)).map(({ metadata }) => metadata.uid));
      await change(namespace, { podTemplate: { annotations: { "example.org/version": "2" } } });
      await until("every pod is new", 180, async () => {
        const now = await pods(namespace);
        return now.length === 2 && now.every(({ metadata }) => !before.has(metadata.uid));
      });
      await ready(namespace, 2);
    });
    measured("hits refused or unanswered while rolling out", sent.refused + sent.unanswered, `of ${sent.acknowledged}`);
  });

  it("puts back what somebody changes or deletes", async () => {
    await kubectl("-n", namespace, "scale", "deployment/visits", "--replicas=4");
    await until("the Deployment has 2 replicas again", 20, async () => (await replicas()) === 2);
    await kubectl("-n", namespace, "delete", "service", "visits");
    await until("the Service is back", 20, () => readObject(namespace, "service", "visits"));
    const told = await kubectl("-n", namespace, "get", "events", "-o", "jsonpath={.items[*].message}");
    assert.match(told, /kubectl scale gcc\/visits/);
  });
});

async function replicas(): Promise<number | undefined> {
  return (await readObject<{ metadata: never; spec: { replicas: number } }>(namespace, "deployment", "visits"))?.spec
    .replicas;
}
