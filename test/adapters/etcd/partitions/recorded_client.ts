import { setTimeout as sleep } from "node:timers/promises";
import { openEtcd } from "../../../../internal/adapters/etcd/open_etcd.ts";
import { systemClock } from "../../../../internal/adapters/system/system_clock.ts";
import type { Lease } from "../../../../internal/ports/election.ts";
import { type CommitOutcome, type ScannedEntries, StoreError } from "../../../../internal/ports/store.ts";
import { silentLog } from "../../../ports/store/store_backends.ts";
import { SeededRandom } from "../../../simulation/seeded_random.ts";
import { CALL_MS, type Failed, type Operation, type Read, type Scanned } from "./history.ts";

/** Pause between two calls, at most. */
const PAUSE_MS = 20;
/** Of a lease. etcd takes at least its election timeout, in whole seconds. */
const TTL_MS = 1_000;

/** Uses the store in all ways, at random, until SIGTERM, and writes each `Operation` as a line; a write as another one when it begins. */
const [client, prefix, endpoints] = process.argv.slice(2) as [string, string, string];
const random = new SeededRandom([...client].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 0));
const settings = { callTimeoutMs: CALL_MS, ttlMs: TTL_MS, clock: systemClock, logger: silentLog, prefix };
const { store, election, close } = openEtcd({ ...settings, endpoints: endpoints.split(",") });
let stopped = false;
process.once("SIGTERM", () => {
  stopped = true;
});

/** Revision of `head` as this client last saw it. */
let head = 0;
let writes = 0;
/** Kept also when it has ended, for a while: a deposed leader does not know. */
let lease = null as Lease | null;
while (!stopped) {
  await step();
  await sleep(random.fraction() * PAUSE_MS);
}
await lease?.resign();
await close();

async function step(): Promise<void> {
  const kind = random.fraction();
  if (kind < 0.22) await readHead();
  else if (kind < 0.35) await scan();
  else if (kind < 0.5)
    await recorded({ call: "leader" }, async () => ({ epoch: (await election.leader())?.epoch ?? null }));
  else if (kind < 0.6) await write(null);
  else if (lease === null) await campaign();
  else if (kind < 0.85) await write(lease);
  else if (kind < 0.97) await renew(lease);
  else await leave(lease);
}

async function readHead(): Promise<void> {
  const answer = await recorded({ call: "read" }, async (): Promise<Read> => {
    const { head, headRevision, leader } = await store.readHead();
    return { head: headRevision, values: [textOf(head)], epoch: leader?.epoch ?? null };
  });
  if ("head" in answer) head = answer.head;
}

async function scan(): Promise<void> {
  await recorded({ call: "scan" }, async (): Promise<Scanned> => {
    return { values: valuesIn(await store.scan({ from: "", to: "~" }, random.fraction() < 0.2 ? 1 : 1_000_000)) };
  });
}

/**
 * Values of the entries of a write that an answer reaches: after calls without an answer, the store asks for few at once. Of rounds there
 * is one, because each write deletes all others.
 */
function valuesIn({ entries, next }: ScannedEntries): (string | null)[] {
  const rounds = [...entries.keys()].filter((name) => name.startsWith("rounds/"));
  const names = ["gone", "head", ...(rounds.length > 0 ? rounds : ["rounds/"])];
  return names.filter((name) => next === null || name < next).map((name) => textOf(entries.get(name) ?? null));
}

function textOf(value: Uint8Array | null): string | null {
  return value && Buffer.from(value).toString();
}

async function write(holder: Lease | null): Promise<void> {
  const epoch = holder?.epoch ?? null;
  const value = `${client}:${++writes}`;
  const puts = new Map([
    ["head", Buffer.from(value)],
    ["gone", Buffer.from(value)],
    [`rounds/${value}`, Buffer.from(value)],
  ]);
  const ranges = [
    { from: "rounds/", to: `rounds/${value}` },
    { from: `rounds/${value}\0`, to: "rounds0" },
  ];
  const answer = await recorded({ call: "write", epoch, expected: head, value }, async () =>
    outcomeOf(await (!holder ? store.overwrite(head, { puts, ranges }) : store.commit(holder, head, { puts, ranges }))),
  );
  if ("revision" in answer) head = answer.revision;
  // As a leader does. It also shows whose write is there.
  if ("refusedAt" in answer) await readHead();
  if ("refusedAt" in answer && epoch !== null && answer.epoch !== epoch && random.fraction() < 0.3) lease = null;
}

async function campaign(): Promise<void> {
  await recorded({ call: "campaign" }, async () => {
    lease = await election.campaign({ nodeId: client, address: "127.0.0.1:1" });
    return { epoch: lease?.epoch ?? null };
  });
}

async function renew(held: Lease): Promise<void> {
  const answer = await recorded({ call: "renew", epoch: held.epoch }, async () => ({ renewed: await held.renew() }));
  if ("renewed" in answer && !answer.renewed && random.fraction() < 0.3) lease = null;
}

async function leave(held: Lease): Promise<void> {
  lease = null;
  await held.resign();
}

function outcomeOf(outcome: CommitOutcome) {
  if (outcome.kind === "committed") return { revision: outcome.headRevision };
  return { refusedAt: outcome.headRevision, epoch: outcome.leader?.epoch ?? null };
}

async function recorded<Answer extends object>(what: object, call: () => Promise<Answer>): Promise<Answer | Failed> {
  const begin = now();
  const unanswered: Failed = { error: "no answer yet", mayBeApplied: true };
  if ("value" in what) console.log(JSON.stringify({ client, begin, end: begin, ...what, answer: unanswered }));
  const answer = await call().catch((error): Failed => {
    if (!(error instanceof StoreError)) throw error;
    return { error: error.message, mayBeApplied: error.mayBeApplied };
  });
  const operation = { client, begin, end: now(), ...what, answer } as Operation;
  console.log(JSON.stringify(operation));
  return answer;
}

function now(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
