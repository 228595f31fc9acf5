import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { addNewToken } from "../../internal/adapters/tokens/new_token.ts";
import { needs } from "../needs.ts";
import { AdjustingClients } from "./adjusting_clients.ts";
import { AuditAccount, auditAt } from "./audit_account.ts";
import { KeyedClients, newKey } from "./keyed_clients.ts";
import type { RealCluster, Totals } from "./real_cluster.ts";
import { type StoreUnderTest, stores } from "./stores.ts";

const TIMEOUT_MS = 600_000;
/** Only set and deleted. */
const SET = ["set-a", "set-b"];
/** Set and deleted while hits come. */
const RESET = "reset";
/** Set only by clients that say which generation they decided on. */
const DECIDED = "decided";
/** Hit with keys, and imported. */
const ORDERS = "orders";
/** Hit by the load, and imported. */
const VISITS = "visits";
const ONLY_IMPORTED = "only-imported";
/** Adjustments that are all sent once more at the end. */
const SENT_AGAIN = 32;

interface Begun {
  readonly cluster: RealCluster;
  readonly token: string;
  readonly clients: AdjustingClients;
  /** Each hit of these has a key. */
  readonly hits: { readonly orders: KeyedClients; readonly reset: KeyedClients };
}

/** Whatever is killed: an adjustment that is sent again until it is answered is done once, and totals are what hits and audit add up to. */
describe("adjustments that are repeated with their keys", () => {
  let folder: string;
  let begun: Begun | undefined;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "adjustments-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  stores((store) => {
    it("are each done once through kill -9 of leaders and of a follower", async function () {
      needs(this, "more time");
      this.timeout(TIMEOUT_MS);
      begun = await prepare(store, mkdtempSync(join(folder, "tokens-")));
      await begin(begun);
      await trouble(begun);
      await stop(begun);
      const totals = await begun.cluster.healed();
      await sumsUp(begun, totals);
      await sendAgain(begun);
      assert.deepEqual(await begun.cluster.healed(), totals, "what was sent again changed nothing");
      await sumsUp(begun, totals);
    });
    afterEach(() => {
      if (begun) for (const clients of [begun.clients, ...Object.values(begun.hits)]) clients.giveUp();
    });
  });
});

async function prepare(store: StoreUnderTest, folder: string): Promise<Begun> {
  const tokens = join(folder, "tokens.json");
  const token = addNewToken(tokens, { name: "tester", rights: ["admin"], counters: ["*"], expires: null });
  const cluster = await store.cluster({ flags: ["--conversion-delay", "0s", "--tokens", tokens] });
  const clients = new AdjustingClients({ targets: () => cluster.running, token });
  const hits = { orders: new KeyedClients(() => cluster.running), reset: new KeyedClients(() => cluster.running) };
  return { cluster, token, clients, hits };
}

async function begin({ cluster, clients, hits }: Begun): Promise<void> {
  await cluster.until("counters can be set", async () => {
    await clients.change({ client: "first", key: newKey(), counter: SET[0]!, value: 7, ifMatch: null });
    return clients.done.length > 0;
  });
  cluster.load.start();
  hits.orders.start(ORDERS, 20);
  hits.reset.start(RESET, 20);
  for (const client of ["setter-1", "setter-2", "setter-3"]) clients.startSetting(client, SET);
  for (const client of ["resetter-1", "resetter-2"]) clients.startSetting(client, [RESET]);
  for (const client of ["decider-1", "decider-2", "decider-3"]) clients.startDeciding(client, DECIDED);
  for (const client of ["importer-1", "importer-2"]) clients.startImporting(client, [ORDERS, VISITS, ONLY_IMPORTED]);
  await adjusted({ cluster, clients }, 10);
}

async function trouble(begun: Begun): Promise<void> {
  const { cluster } = begun;
  for (const whom of ["leader", "follower", "leader"]) {
    const leader = await cluster.leader();
    const killed = whom === "leader" ? leader : cluster.running.find((node) => node !== leader);
    await killed!.kill();
    await sleep(1_500);
    await killed!.start();
    await adjusted(begun, 10);
  }
}

/** Until this many more were answered, and one more import. */
async function adjusted({ cluster, clients }: Pick<Begun, "cluster" | "clients">, more: number): Promise<void> {
  const [done, imports] = [clients.done.length + more, clients.imports.length + 1];
  const isEnough = () => clients.done.length >= done && clients.imports.length >= imports;
  await cluster.until(`${more} more adjustments and an import are answered`, isEnough, 60_000);
}

async function stop({ cluster, clients, hits }: Begun): Promise<void> {
  await Promise.all([clients.stop(), hits.orders.stop(), hits.reset.stop(), cluster.load.stop()]);
}

async function sumsUp({ cluster, token, clients, hits }: Begun, totals: Totals): Promise<void> {
  const { done, imports, notDone, repeated, duplicates, cut, wrong } = clients;
  assert.deepEqual([wrong, hits.orders.wrong, hits.reset.wrong], [[], [], []]);
  const words = `${done.length} done, ${imports.length} imports, ${notDone.length} not done, ${repeated} repeated, ${duplicates} duplicates, ${cut} cut`;
  assert.ok(repeated > 0 && duplicates > 0 && cut > 0, `nothing was in the way: ${words}`);
  const audits = await Promise.all(cluster.running.map((node) => auditAt(node, token)));
  for (const audit of audits) assert.deepEqual(audit, audits[0], "all nodes say the same");
  const account = new AuditAccount(audits[0]!, clients);
  account.assertOnce();
  account.assertInOrder();
  account.assertDecided(DECIDED);
  for (const counter of [...SET, DECIDED]) assert.equal(account.hitsOf(counter, totals[counter] ?? 0), 0, counter);
  assert.equal(account.hitsOf(RESET, totals[RESET] ?? 0), hits.reset.sent, `${RESET}: ${words}`);
  assert.equal(totals[ORDERS], hits.orders.sent + account.imported(ORDERS), `${ORDERS}: ${words}`);
  assert.equal(totals[ONLY_IMPORTED], account.imported(ONLY_IMPORTED), `${ONLY_IMPORTED}: ${words}`);
  await cluster.assertExact({ imported: { [VISITS]: account.imported(VISITS) } });
}

/** All that is sent again was done before. */
async function sendAgain({ clients }: Begun): Promise<void> {
  const [done, imports] = [clients.done.slice(-SENT_AGAIN), clients.imports.slice(-2)];
  await Promise.all(done.map((one) => clients.again(one)));
  for (const { answer, ...one } of imports)
    assert.deepEqual(await clients.import(one), { ...answer, duplicate: true }, `import ${one.key}`);
  clients.imports.splice(-imports.length);
}
