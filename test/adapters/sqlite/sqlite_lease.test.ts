import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { ANNE, BERT, SqliteFile } from "./sqlite_file.ts";

/** One node at a time holds the lease, and another gets it one TTL after its last renewal, whatever clocks do. */
describe("the SQLite store: a leader lease", () => {
  let store: SqliteFile;
  beforeEach(() => {
    store = new SqliteFile();
  });
  afterEach(() => store.end());

  it("is taken over one TTL after its last renewal, not two, by a process that has been watching", async () => {
    const clock = new ManualClock();
    const [a, b] = [await store.open(clock), await store.open(clock)];
    const lease = await a.election.campaign(ANNE);
    assert.ok(lease);
    await clock.advance(10_000 / 4);
    assert.equal(await lease.renew(), true);
    await a.close();
    await clock.advance(2_900);
    assert.equal(await b.election.campaign(BERT), null);
    await clock.advance(400);
    assert.ok(await b.election.campaign(BERT));
  });

  it("is not touched by steps of the wall clock", async () => {
    const clock = new ManualClock();
    const [a, b] = [await store.open(clock), await store.open(clock)];
    const lease = await a.election.campaign(ANNE);
    assert.ok(lease);
    for (const step of [3_600_000, -7_200_000, 365 * 86_400_000]) {
      await clock.advance(500);
      clock.stepWall(step);
      await clock.advance(500);
      assert.equal(await b.election.campaign(BERT), null, `after a step of ${step} ms`);
      assert.equal(await lease.renew(), true, `after a step of ${step} ms`);
    }
  });

  it("is kept for a process that woke from a long stop, when its holder went on renewing", async () => {
    const [awake, asleep] = [new ManualClock(), new ManualClock()];
    const [a, b] = [await store.open(awake), await store.open(asleep)];
    const lease = await a.election.campaign(ANNE);
    await asleep.advance(1_000);
    for (let i = 0; i < 10; i++) {
      await awake.advance(1_000);
      assert.equal(await lease?.renew(), true);
    }
    const frozen = b.election.campaign(BERT);
    await asleep.advance(10_000);
    assert.equal(await frozen, null);
  });

  it("forgets a node that died, and its row in the end", async () => {
    const clock = new ManualClock();
    const [a, b] = [await store.open(clock), await store.open(clock)];
    const member = (id: string) => ({ id, name: id, region: "eu", peerAddress: "h:1", url: "http://h:2" });
    a.discovery.register(member("a"));
    b.discovery.register(member("b"));
    await clock.advance(5_000);
    assert.equal((await b.discovery.members()).length, 2);
    await a.close();
    await clock.advance(11_000);
    assert.deepEqual(
      (await b.discovery.members()).map(({ id }) => id),
      ["b"],
    );
    await clock.advance(30_000);
    const look = new DatabaseSync(store.file, { readOnly: true });
    assert.deepEqual(
      look
        .prepare("SELECT id FROM nodes")
        .all()
        .map(({ id }) => id),
      ["b"],
    );
    look.close();
  });
});
