import assert from "node:assert/strict";
import { ANNE, BERT, committed, elected } from "../../ports/store/contract_words.ts";
import { EtcdHandles, failsAs } from "./etcd_handles.ts";
import { EtcdProcess, requireEtcd } from "./etcd_process.ts";

/** As many clients as make it certain that some of them connect to the learner first. */
const CLIENTS = 20;

/** A learner has no vote and refuses what is asked here: every client goes on to another member, in the same call. */
describe("etcd with a learner among its members", () => {
  const handles = new EtcdHandles();
  let voter: EtcdProcess;
  let learner: EtcdProcess;
  before(async function () {
    requireEtcd(this);
    voter = await EtcdProcess.start();
    learner = await voter.addLearner();
  });
  afterEach(() => handles.closeAll());
  after(async () => {
    await learner?.stop();
    await voter?.stop();
  });

  it("is read, led and written by every client, whichever member it is connected to", async () => {
    const lead = handles.open([voter.endpoint]);
    const lease = await elected(lead, ANNE);
    await committed(lead, lease, 0, "1");
    for (let i = 0; i < CLIENTS; i++) {
      const client = handles.open(
        i % 2 === 0 ? [learner.endpoint, voter.endpoint] : [voter.endpoint, learner.endpoint],
      );
      const { headRevision } = await client.store.readHead();
      assert.ok((await client.store.scan({ from: "", to: "~" }, 1_000)).entries.has("head"));
      assert.equal((await client.election.leader())?.nodeId, "anne");
      await committed(client, lease, headRevision, String(i));
      assert.equal(await client.election.campaign(BERT), null);
      client.discovery.register({ id: `n${i}`, name: "n", region: "eu", peerAddress: "h:1", url: "http://h:2" });
    }
    assert.equal(await lease.renew(), true);
    // A learner has the same database, and says how large it is.
    assert.ok((await handles.open([learner.endpoint]).store.usedShare())! > 0);
  });

  it("renews a lease although the connection is to the learner", async () => {
    for (let i = 0; i < CLIENTS; i++) {
      const client = handles.open([learner.endpoint, voter.endpoint], { prefix: `/renew/${i}/` });
      const lease = await elected(client, ANNE);
      assert.equal(await lease.renew(), true);
      await lease.resign();
    }
  });

  it("alone: nothing is applied, and the error says what to do", async () => {
    const client = handles.open([learner.endpoint]);
    const notApplied = (error: unknown) => failsAs("away", /learner.*promote/)(error) && hasNoEffect(error);
    await assert.rejects(client.store.readHead(), notApplied);
    await assert.rejects(client.store.readHead(), notApplied);
    await assert.rejects(client.store.scan({ from: "", to: "~" }, 1_000), notApplied);
    await assert.rejects(
      client.store.commit({ epoch: 1, nonce: "1" }, 0, { puts: new Map([["head", Buffer.from("x")]]) }),
      notApplied,
    );
    await assert.rejects(client.election.leader(), notApplied);
    await assert.rejects(client.discovery.members(), notApplied);
    await assert.rejects(client.election.campaign(ANNE), notApplied);
  });
});

function hasNoEffect(error: unknown): boolean {
  return (error as { mayBeApplied?: boolean }).mayBeApplied === false;
}
