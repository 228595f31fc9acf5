import { decodeLedger } from "../../internal/core/ledger/ledger_reading.ts";
import type { NodeMessage } from "../../internal/ports/peers.ts";
import type { LeaderSettings } from "../../internal/services/leader/leader_deps.ts";
import { type Balance, ContractBroken } from "./accounts.ts";
import { AdjustClients } from "./adjust_clients.ts";
import { SETTINGS, SimCluster } from "./cluster.ts";
import { type Effect, type Fault, later } from "./faults/fault.ts";
import { beginOlder, upgrade } from "./faults/version_faults.ts";
import { FAULTS } from "./faults.ts";
import { KeyedClients } from "./keyed_clients.ts";
import type { Life, Machine } from "./machine.ts";
import type { SeededRandom } from "./seeded_random.ts";
import { checkShownDays } from "./shown_days.ts";
import { WALL_START_MS } from "./world.ts";

export interface HistoryResult {
  readonly seed: number;
  /** Faults that happened, and whether each changed anything. */
  readonly faults: readonly { readonly name: string; readonly inEffect: boolean }[];
  /** Answers to requests that waited for the commit of their hits. */
  readonly waits: { readonly yes: number; readonly no: number };
  readonly balance: Balance;
  readonly broken: Error | null;
  readonly trace: readonly string[];
}

/** Some histories prune ended sources after seconds instead of hours, so that pruning happens at all. */
const SHORT_MEMORY = { silence: 20_000, afterEnd: 15_000, ended: 3 };
/** Some histories forget keys after seconds, and some keep few, so that clients meet both. */
const SHORT_WINDOW_MS = 4_000;
const FEW_KEYS = 8;
/** Some histories keep about one day. */
const FEW_DAYS_BYTES = 1_000;
/** In some histories everything is too much for one message, so that nodes get copies in parts. */
const SMALL_PARTS = { countersInPart: 1 };
const HOUR_MS = 3_600_000;
const COUNTERS = ["visits", "downloads", "votes"];

/** Plays the history of `seed`: a cluster, its traffic and its faults. Then everything heals, and the books are checked. */
export async function playHistory(seed: number, tracing = false): Promise<HistoryResult> {
  const cluster = makeCluster(seed, tracing);
  const happened: Happened[] = [];
  let broken: Error | null = null;
  let unhandled: Error | null = null;
  const onUnhandled = (error: unknown) => {
    unhandled ??= new ContractBroken(`a process would have ended: ${error instanceof Error ? error.stack : error}`);
  };
  process.on("unhandledRejection", onUnhandled);
  try {
    await play(cluster, happened);
    await heal(cluster);
    cluster.accounts.checkPages();
    checkThatLedgerExists(cluster);
    cluster.accounts.checkLedger(cluster.store);
    await checkShownDays(cluster, [...COUNTERS, ...VISITED]);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    broken = error;
  } finally {
    process.off("unhandledRejection", onUnhandled);
  }
  broken = unhandled ?? broken;
  const faults = happened.map(({ name, effect }) => ({
    name,
    inEffect: effect === true || (effect !== false && effect()),
  }));
  const { yes, no } = cluster.accounts.waits;
  return { seed, faults, balance: cluster.accounts.balance(), waits: { yes, no }, broken, trace: cluster.world.trace };
}

function makeCluster(seed: number, tracing: boolean): SimCluster {
  const kind = seed % 2 === 0 ? "etcd" : "embedded";
  const retention = seed % 5 < 2 ? SHORT_MEMORY : SETTINGS.leader.retention;
  const cluster = new SimCluster(seed, kind, {
    tracing,
    settings: {
      ...SETTINGS,
      leader: {
        ...{ ...SETTINGS.leader, retention, keys: keysOf(seed), limits: limitsOf(seed) },
        ...(seed % 3 === 0 && { copies: SMALL_PARTS }),
      },
    },
  });
  cluster.world.wallStart = wallStartOf(seed);
  const { random } = cluster.world;
  cluster.network.authenticates = random.chance(0.5);
  const count = random.chance(0.6) ? 3 : random.between(4, 9);
  for (let i = 1; i <= count; i++) cluster.machine(`node-${i}`, random.chance(0.85));
  cluster.network.alter = (address, message) =>
    cluster.machines.get(address)?.disk?.old
      ? { ...message, begun: [], totals: undefined, clock: null, keyed: null, marks: null, ...withoutHours(message) }
      : message;
  return cluster;
}

function withoutHours(message: NodeMessage) {
  return message.kind === "answer" ? { batches: message.batches.map(({ hour: _, ...batch }) => batch) } : {};
}

/** Most histories begin shortly before the end of an hour, and some of these before midnight. */
function wallStartOf(seed: number): number {
  if (seed % 4 === 3) return WALL_START_MS;
  const hours = Math.floor(WALL_START_MS / HOUR_MS) + (seed % 4);
  return hours * HOUR_MS - ((seed * 7_919) % BUSY_MS);
}

function keysOf(seed: number): LeaderSettings["keys"] {
  const { keys } = SETTINGS.leader;
  const window = seed % 3 === 0 ? SHORT_WINDOW_MS : keys.window;
  return { ...keys, window, budget: seed % 7 === 0 ? FEW_KEYS : keys.budget };
}

function limitsOf(seed: number): LeaderSettings["limits"] {
  const { limits } = SETTINGS.leader;
  return seed % 8 < 3 ? { ...limits, days: FEW_DAYS_BYTES } : limits;
}

interface Weighed {
  readonly fault: Fault;
  readonly weight: number;
}

/**
 * Each history draws its own weights, and has about half of the kinds of faults not at all. So faults come in combinations that would be
 * rare if all were as likely (Groce et al., "Swarm testing", ISSTA 2012).
 */
function drawWeights(random: SeededRandom): readonly Weighed[] {
  const weighed = FAULTS.map((fault) => ({ fault, weight: random.chance(0.5) ? random.fraction() : 0 }));
  return weighed.some(({ weight }) => weight > 0) ? weighed : FAULTS.map((fault) => ({ fault, weight: 1 }));
}

function pickWeighed(random: SeededRandom, weighed: readonly Weighed[]): Fault {
  let left = random.fraction() * weighed.reduce((sum, { weight }) => sum + weight, 0);
  for (const { fault, weight } of weighed) {
    if (left < weight) return fault;
    left -= weight;
  }
  throw new Error("no fault has a weight");
}

interface Happened {
  readonly name: string;
  effect: Effect;
}

async function play(cluster: SimCluster, happened: Happened[]): Promise<void> {
  const { random } = cluster.world;
  const weighed = drawWeights(random);
  if (random.chance(0.2)) beginUpgrading(cluster);
  for (const machine of cluster.machines.values()) cluster.start(machine);
  const over = traffic(cluster);
  await cluster.run(random.between(500, 3_000));
  for (let i = random.between(1, 5); i > 0; i--) {
    const fault = pickWeighed(random, weighed);
    cluster.world.say("history", fault.name);
    const entry: Happened = { name: fault.name, effect: false };
    happened.push(entry);
    entry.effect = await fault.happen(cluster);
    await cluster.run(random.between(200, 4_000));
  }
  over();
}

/** Some or all nodes know format 1 only. They are upgraded one after the other, and some not before the history's end. */
function beginUpgrading(cluster: SimCluster): void {
  const { random } = cluster.world;
  const isWhole = random.chance(0.5);
  let at = random.between(0, 5_000);
  for (const machine of cluster.machines.values()) {
    if (!isWhole && random.chance(0.5)) continue;
    beginOlder(cluster, machine);
    at += random.between(100, 6_000);
    later(cluster, at, at, () => upgrade(cluster, machine));
  }
}

/** After this time, hits come more seldom. */
const BUSY_MS = 16_000;

/** Hits somewhere, at irregular intervals, until the function that is returned is called. */
function traffic(cluster: SimCluster): () => void {
  const { world } = cluster;
  const clients = world.random.chance(0.6) ? new KeyedClients(cluster, COUNTERS) : null;
  const adjusters = world.random.chance(0.4) ? new AdjustClients(cluster, COUNTERS) : null;
  const visitors = world.random.chance(0.6);
  let over = false;
  const next = () =>
    world.after(world.random.between(1, world.now < BUSY_MS ? 250 : 1_500), () => {
      if (over) return;
      if (adjusters && world.random.chance(0.08)) adjusters.send();
      else if (visitors && world.random.chance(0.3)) visitSomewhere(cluster);
      else if (clients && world.random.chance(0.4)) clients.send();
      else hitSomewhere(cluster);
      next();
    });
  next();
  return () => {
    over = true;
  };
}

function hitSomewhere(cluster: SimCluster): void {
  const { random } = cluster.world;
  const up = cluster.up();
  if (up.length === 0) return;
  const by = random.chance(0.8) ? 1 : random.between(1, 100);
  const waitMs = random.chance(0.3) ? random.pick([1_000, 5_000, 30_000]) : 0;
  cluster.hit(random.pick(up), random.pick(COUNTERS), by, waitMs);
}

const VISITORS = ["ann", "bob", "cem", "dao", "eve"];
const VISITED = ["readers", "visits", "site/_visitors"];

/** A node of an older release does not know visitors. */
function visitSomewhere(cluster: SimCluster): void {
  const { random } = cluster.world;
  const up = cluster.up().filter(({ disk }) => !disk?.old);
  if (up.length > 0)
    cluster.visit(random.pick(up), random.pick(VISITORS), random.pick(VISITED), random.chance(0.7) ? "day" : "hour");
}

/** Ends all faults, starts all nodes, and gives the cluster time. Nothing may be left pending. */
export async function heal(cluster: SimCluster): Promise<void> {
  const { store, network, world } = cluster;
  world.say("history", "everything heals");
  store.heal();
  network.calm();
  network.refused.clear();
  network.heal();
  for (const machine of cluster.machines.values()) {
    machine.disk?.heal();
    cluster.wake(machine);
  }
  for (const machine of cluster.machines.values()) upgrade(cluster, machine);
  startWhatLeftFiles(cluster);
  await cluster.until(() => cluster.up().every(({ life }) => !life?.draining), 30_000);
  startWhatLeftFiles(cluster);
  if (cluster.up().length === 0) cluster.start([...cluster.machines.values()][0] as Machine);
  for (let attempt = 0; attempt < 4; attempt++) {
    if (cluster.store.entries.has("lost")) await cluster.adopt();
    if (await cluster.until(() => isQuiet(cluster) || cluster.store.entries.has("lost"), 60_000)) {
      if (isQuiet(cluster)) return;
    }
  }
  throw new ContractBroken(`stuck: ${describe(cluster)}`);
}

function startWhatLeftFiles(cluster: SimCluster): void {
  for (const machine of cluster.machines.values())
    if (!machine.life && (machine.disk?.files.size ?? 0) > 0) cluster.start(machine);
}

function isQuiet(cluster: SimCluster): boolean {
  const up = cluster.up();
  const quiet = up.every(
    ({ life }) => life?.draining || (life !== null && hasNothingLeft(life) && life.node.cluster().ledger !== null),
  );
  return (
    quiet &&
    up.length > 0 &&
    up.some(({ life }) => !life?.draining) &&
    up.every(({ life }) => !life?.draining || life.node.statistics().pending === 0)
  );
}

function hasNothingLeft({ node }: Life): boolean {
  const { pending, marksWaiting, earlyVisits } = node.statistics();
  return pending === 0 && marksWaiting === 0 && earlyVisits === 0;
}

function describe(cluster: SimCluster): string {
  return cluster
    .up()
    .map(
      ({ name, life }) =>
        `${name} has ${life?.node.statistics().pending} pending, sees the store as ${life?.node.cluster().store}`,
    )
    .join("; ");
}

/** Throws ContractBroken if the store has no ledger. */
function checkThatLedgerExists(cluster: SimCluster): void {
  if (!decodeLedger(cluster.store.entries)) throw new ContractBroken("there is no ledger at the end");
}
