import assert from "node:assert/strict";
import { PrefixTaken } from "../../../internal/adapters/etcd/ownership.ts";
import { ANNE, BERT } from "../../ports/store/contract_words.ts";
import { EtcdHandles, failsAs } from "./etcd_handles.ts";
import { EtcdProcess, requireEtcd } from "./etcd_process.ts";

const VISITS = { namespace: "ns", name: "visits", uid: "1" };
const REBORN = { ...VISITS, uid: "2" };
const OTHERS = [
  { ...VISITS, name: "clicks" },
  { ...VISITS, namespace: "elsewhere" },
];

/** A prefix in etcd serves one owner at a time. Others are refused and told whose it is. */
describe("a prefix in etcd that somebody owns", () => {
  const handles = new EtcdHandles();
  let etcd: EtcdProcess;
  let prefixes = 0;
  before(async function () {
    requireEtcd(this);
    etcd = await EtcdProcess.start();
  });
  after(() => etcd?.stop());
  beforeEach(() => void prefixes++);
  afterEach(() => handles.closeAll());

  const open = (owner: typeof VISITS) => handles.open([etcd.endpoint], { owner, prefix: `/${prefixes}/` });

  it("is used by all nodes of its owner", async () => {
    const [a, b] = [open(VISITS), open(VISITS)];
    await a.claim();
    await b.claim();
    const lease = await a.election.campaign(ANNE);
    assert.ok(lease);
    assert.equal((await b.election.leader())?.nodeId, ANNE.nodeId);
    await lease.resign();
    assert.ok(await b.election.campaign(BERT));
  });

  it("is refused to others, who hear whose it is and what to do", async () => {
    await open(VISITS).claim();
    for (const owner of OTHERS) {
      const other = open(owner);
      const taken = failsAs("denied", /"\/\d+\/owner" belongs to ns\/visits \(uid 1\): set another --etcd-prefix/);
      await assert.rejects(other.claim(), (error) => error instanceof PrefixTaken && taken(error));
      await assert.rejects(other.election.campaign(ANNE), taken);
      await assert.rejects(other.election.leader(), taken);
    }
  });

  it("goes to one of the same name with another uid when nobody leads, and is no longer its predecessor's", async () => {
    const old = open(VISITS);
    await old.claim();
    const lease = await old.election.campaign(ANNE);
    const reborn = open(REBORN);
    await reborn.claim();
    assert.equal(await reborn.election.campaign(BERT), null);
    assert.equal((await reborn.election.leader())?.nodeId, ANNE.nodeId);
    await lease?.resign();
    const taken = await reborn.election.campaign(BERT);
    assert.ok(taken);
    await taken.resign();
    assert.equal(await old.election.campaign(ANNE), null);
  });

  it("goes back and forth between two uids, one leader at a time", async () => {
    const [old, reborn] = [open(VISITS), open(REBORN)];
    await old.claim();
    for (const { election } of [reborn, old, reborn]) {
      const lease = (await election.campaign(ANNE)) ?? (await election.campaign(ANNE));
      assert.ok(lease);
      await lease.resign();
    }
  });

  it("is refused where its key holds something that is no claim", async () => {
    const [key, value] = [`/${prefixes}/owner`, "mine!"].map(btoa);
    await fetch(`http://${etcd.endpoint}/v3/kv/put`, { method: "POST", body: JSON.stringify({ key, value }) });
    await assert.rejects(open(VISITS).claim(), failsAs("denied", /belongs to "mine!"/));
  });

  it("is claimed later when etcd is away at first", async () => {
    const own = await EtcdProcess.start();
    await own.kill();
    const [a, b] = [VISITS, OTHERS[0]].map((owner) => handles.open([own.endpoint], { owner: owner ?? null }));
    await a?.claim();
    await b?.claim();
    await own.start();
    assert.ok(await a?.election.campaign(ANNE));
    await assert.rejects(async () => b?.election.leader(), failsAs("denied", /belongs to ns\/visits/));
    await own.stop();
  });
});
