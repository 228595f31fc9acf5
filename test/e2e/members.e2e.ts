import assert from "node:assert/strict";
import { clusterState, committed, countsExactlyWhile, expectAllAnswered } from "./counting.ts";
import { kubectl, readObject } from "./kubectl.ts";
import { until } from "./programs.ts";
import { install, removeRelease } from "./release.ts";
import { ready } from "./visits.ts";

const namespace = "global-cluster-e2e-members";
/** Hits that must be committed while a member is away: five seconds of the load. */
const MEANWHILE = 500;

describe("on a real cluster, a store of three members", function () {
  this.timeout(900_000);

  before(() => install(namespace, { replicas: 2, members: 3 }));
  after(() => removeRelease(namespace));

  it("continues to commit while one of three is away", async () => {
    const counter = "one-of-three";
    const sent = await countsExactlyWhile({ namespace, counter, committed: true }, async () => {
      await kubectl("-n", namespace, "create", "quota", "nothing-new", "--hard=pods=0");
      await destroyMember(1);
      const before = await committed(namespace, counter);
      await until("hits are committed", 150, async () => (await committed(namespace, counter)) >= before + MEANWHILE);
      assert.equal(await member(1), null, "the member was back too soon: that tries nothing");
      assert.equal((await clusterState(namespace)).store, "ok");
      await kubectl("-n", namespace, "delete", "quota", "nothing-new");
      await memberReady(1);
    });
    expectAllAnswered(sent);
  });

  it("takes a member back that lost its disk", async () => {
    const lost = await claim(2);
    await countsExactlyWhile({ namespace, counter: "disk-lost" }, async () => {
      await kubectl("-n", namespace, "delete", "pvc", "data-visits-etcd-2", "--wait=false");
      await destroyMember(2);
      await memberReady(2);
      await ready(namespace, 2);
    });
    assert.notEqual(await claim(2), lost);
    assert.match(await kubectl("-n", namespace, "logs", "visits-etcd-2", "-c", "prepare"), /joining as a new member/);
    await destroyMember(0);
    await memberReady(0);
  });
});

/** Its process ends within a second. A pod that is deleted by force only disappears from the API, and its etcd would continue for a while. */
async function destroyMember(number: number): Promise<void> {
  await kubectl("-n", namespace, "delete", "pod", `visits-etcd-${number}`, "--grace-period=1");
}

async function memberReady(number: number): Promise<void> {
  await until(`member ${number} is ready`, 240, async () =>
    (await member(number))?.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
}

function member(number: number): Promise<Member | null> {
  return readObject<Member>(namespace, "pod", `visits-etcd-${number}`);
}

interface Member {
  readonly metadata: object;
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Uid of a volume's claim. Another claim of the same name has another uid. */
async function claim(number: number): Promise<string | undefined> {
  const found = await readObject<{ metadata: { uid: string } }>(namespace, "pvc", `data-visits-etcd-${number}`);
  return found?.metadata.uid;
}
