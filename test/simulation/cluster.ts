import type { KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { AdjustmentChange } from "../../internal/core/ledger/adjustment.ts";
import type { PeriodKind } from "../../internal/core/marks/period.ts";
import type { AdjustmentOutcome } from "../../internal/ports/adjusting.ts";
import type { KeyedOutcome } from "../../internal/ports/counting.ts";
import type { AdjustedAction } from "../../internal/ports/meter.ts";
import { Adopter } from "../../internal/services/adoption/adoption.ts";
import { Node } from "../../internal/services/node/node.ts";
import type { NodeOptions } from "../../internal/services/node/node_deps.ts";
import { Accounts } from "./accounts.ts";
import type { Life, Machine } from "./machine.ts";
import { SimDisk } from "./sim_disk.ts";
import { SimNetwork, SimPeers } from "./sim_network.ts";
import { SimStore, SimStoreClient, type StoreKind } from "./sim_store.ts";
import { SimClock, SimProcess, World } from "./world.ts";

export const SETTINGS: NodeOptions = {
  leader: {
    interval: 1_000,
    writeBudget: 100_000,
    limits: { counters: 10_000, bytes: 1 << 20, reserved: new Set(), log: 600 },
    retention: { silence: 3_600_000, afterEnd: 3_600_000, ended: 4_096 },
    keys: { window: 900_000, budget: 1_000_000 },
    marks: { budget: 1_000_000 },
    conversionDelay: 2_000,
  },
  drain: { delay: 0, timeout: 25_000 },
  allowed: null,
};

const REGIONS = ["eu", "us", "ap"];

/** A whole cluster in one process: real nodes on a simulated clock, network, store and disks. */
export class SimCluster {
  readonly world: World;
  readonly store: SimStore;
  readonly network: SimNetwork;
  readonly accounts: Accounts;
  readonly machines = new Map<string, Machine>();
  /** Names of machines whose next process is of a release that knows every format of the ledger. */
  readonly newer = new Set<string>();
  readonly settings: NodeOptions;
  /** Id of the ledger that is recorded outside the store, as in a custom resource's status. */
  recordedLedger: string | null = null;
  /** Whether all processes of a machine have the same id, like restarted containers of one pod. */
  pods = false;
  /** Reports of leaders about refused batches. */
  refusedBatches = 0;
  /** Adjustments and dropped days that leaders reported. */
  readonly adjusted: AdjustedAction[] = [];
  droppedDays = 0;
  /** How often leaders reported a log that lives twice. */
  copiedLogs = 0;

  constructor(seed: number, kind: StoreKind, options: { tracing?: boolean; settings?: NodeOptions } = {}) {
    this.world = new World(seed, options.tracing);
    this.store = new SimStore(this.world, kind);
    this.network = new SimNetwork(this.world);
    this.accounts = new Accounts(this.world, this.machines);
    this.store.book = this.accounts.ledgers;
    this.store.replacing = (why, change) => this.accounts.replaces(why, change);
    this.settings = options.settings ?? SETTINGS;
  }

  machine(name: string, durable = true): Machine {
    const region = REGIONS[this.machines.size % REGIONS.length] as string;
    const machine: Machine = { name, region, disk: durable ? this.#emptyDisk() : null, life: null, left: 0 };
    this.machines.set(name, machine);
    return machine;
  }

  /** Starts a new process on `machine`, on this cluster's store unless another is given. If its disk cannot be written it exits at once. */
  start(machine: Machine, store = this.store): Life | null {
    if (machine.disk?.full || machine.disk?.replaced) return null;
    const { world } = this;
    const process = new SimProcess(world, machine.name);
    const clock = new SimClock(world, process);
    const knows = this.newer.has(machine.name)
      ? Number.POSITIVE_INFINITY
      : this.network.older.has(machine.name)
        ? 1
        : 2;
    const client = new SimStoreClient(store, process, world, knows);
    const { name, region, disk } = machine;
    const id = this.pods ? `pod-of-${name}` : world.random.id();
    const self = { id, name, region, peerAddress: `${name}:1`, url: `http://${name}` };
    const node = new Node({
      self,
      clock,
      random: world.random,
      logger: logTo(world, name),
      store: client,
      election: client,
      discovery: client,
      recordedLedger: () => this.recordedLedger,
      peers: new SimPeers(world, this.network, process, name),
      directory: disk,
      meter: {
        round: (outcome) => this.accounts.round(outcome),
        stage: () => {},
        refusedBatch: () => void this.refusedBatches++,
        copiedLog: () => void this.copiedLogs++,
        adjusted: (action) => void this.adjusted.push(action),
        droppedDay: () => void this.droppedDays++,
        storeUsed: () => {},
      },
      settings: this.network.older.has(name) ? neverConverting(this.settings) : this.settings,
    });
    const life: Life = { process, node, clock, draining: false };
    machine.life = life;
    this.network.dark.delete(name);
    world.say(name, `starts as ${self.id}`);
    node.open();
    this.network.endpoints.set(name, { process, service: node });
    this.accounts.watch(name, life);
    node.join();
    return life;
  }

  /** Starts a new process, unless one runs. False if it could not start. */
  startAgain(machine: Machine): boolean {
    return machine.life !== null || this.start(machine) !== null;
  }

  /** `waitMs`: how long the visitor waits until the hit is committed. */
  hit(machine: Machine, counter = "visits", by = 1, waitMs = 0): void {
    const life = machine.life;
    if (life?.process.alive && !life.process.paused) this.accounts.hit(machine.name, life, counter, by, waitMs);
  }

  /** One hit of each of `counters`, all or none. */
  hitEach(machine: Machine, counters: readonly string[]): void {
    const life = machine.life;
    if (life?.process.alive && !life.process.paused) this.accounts.hitEach(machine.name, life, counters);
  }

  /** A visitor comes to this machine, to be counted once in the present day or hour. */
  visit(machine: Machine, who: string, counter = "readers", kind: PeriodKind = "day"): void {
    const life = machine.life;
    if (!life?.process.alive || life.process.paused) return;
    this.accounts.visit(machine.name, life, counter, kind, { address: who, agent: "browser" });
  }

  /** A client sends a hit with a key. `done` is called with its answer, if one ever comes; `false`: the request did not arrive. */
  keyedHit(
    machine: Machine,
    key: KeyId,
    { counter = "visits", by = 1 } = {},
    done: (outcome: KeyedOutcome) => void = () => {},
  ): boolean {
    const life = machine.life;
    if (!life?.process.alive || life.process.paused) return false;
    this.accounts.keyedHit(machine.name, life, { key, counter, by }, done);
    return true;
  }

  /** A person sends an adjustment. `done` is called with its answer, if one ever comes; `false`: the request did not arrive. */
  adjust(
    machine: Machine,
    key: KeyId,
    change: AdjustmentChange,
    done: (outcome: AdjustmentOutcome) => void = () => {},
  ): boolean {
    const life = machine.life;
    if (!life?.process.alive || life.process.paused) return false;
    this.accounts.adjust(machine.name, life, { key, change }, done);
    return true;
  }

  /** A new key of a client whose clock differs from the true time by `aheadMs`. */
  key(aheadMs = 0): KeyId {
    const time = Math.round(this.world.wallStart + this.world.now + aheadMs)
      .toString(16)
      .padStart(12, "0");
    return `${time}7${this.world.random.id().slice(0, 3)}8${this.world.random.id().slice(1)}`;
  }

  /** kill -9: the disk keeps what was written. */
  kill(machine: Machine): void {
    const life = machine.life;
    if (!life) return;
    this.world.say(machine.name, "is killed");
    this.accounts.destroys(whyKillLoses(machine.disk), () => this.#end(machine, life));
  }

  /** `rm -rf` of the data directory, under a running process. If the process has ended, everything that it left is lost. */
  deleteDirectory(machine: Machine): void {
    this.world.say(machine.name, "loses its data directory");
    this.accounts.destroys(machine.life ? null : "the data directory of a process that had ended was deleted", () =>
      machine.disk?.delete(),
    );
  }

  /** The disk of a machine whose last process drained is gone. Only what that process said it left there may be missing. */
  loseDisk(machine: Machine): void {
    const why = machine.left > 0 ? "a disk was lost with what a drain had left on it" : null;
    this.accounts.destroys(why, () => {
      machine.disk = this.#emptyDisk();
    });
  }

  /** The machine's disk is gone, and another one is in its place. Its process must have ended. */
  replaceDisk(machine: Machine, disk: SimDisk, reason: string): void {
    this.accounts.replaces(reason, () => {
      machine.disk = disk;
    });
  }

  /** The machine loses power: data that was not synced may be lost. */
  losePower(machine: Machine): void {
    const life = machine.life;
    this.network.dark.add(machine.name);
    this.accounts.destroys("a machine lost its power", () => {
      this.world.say(machine.name, "loses power");
      if (life) this.#end(machine, life);
      machine.disk?.losePower();
    });
  }

  pause(machine: Machine): void {
    this.world.say(machine.name, "is paused");
    machine.life?.process.pause();
  }

  wake(machine: Machine): void {
    if (!machine.life?.process.paused) return;
    this.world.say(machine.name, "wakes up");
    machine.life.process.wake();
  }

  /** SIGTERM: the process drains, and then ends. */
  drain(machine: Machine): void {
    const life = machine.life;
    if (!life || life.draining) return;
    this.world.say(machine.name, "is asked to leave");
    life.draining = true;
    void life.node.drain().then((report) => {
      if (machine.life !== life) return;
      this.world.say(machine.name, `left: ${JSON.stringify(report)}`);
      const { indeterminate } = life.node.statistics();
      machine.left = report.left + indeterminate;
      this.accounts.destroys(report.kept ? null : whyLeavingLoses(report.left, indeterminate), () =>
        this.#end(machine, life),
      );
    });
  }

  leader(): Machine | undefined {
    return this.up().find(({ life }) => life?.node.statistics().leading);
  }

  up(): Machine[] {
    return [...this.machines.values()].filter(({ life }) => life !== null);
  }

  run(ms: number): Promise<boolean> {
    return this.world.run(this.world.now + ms);
  }

  /** Lets time pass until `done`; false at the deadline. */
  until(done: () => boolean, ms = 60_000): Promise<boolean> {
    return this.world.run(this.world.now + ms, done);
  }

  /** A person adopts what the store has. False if there was nothing to adopt. */
  async adopt(): Promise<boolean> {
    const person = new SimProcess(this.world, "person");
    const desk = new Adopter(new SimStoreClient(this.store, person, this.world));
    let done: boolean | null = null;
    void desk.adopt(this.world.random.id()).then(
      ({ kind }) => {
        done = kind === "adopted";
      },
      () => {
        done = false;
      },
    );
    await this.until(() => done !== null);
    person.kill();
    this.world.say("person", `adopted: ${done}`);
    return done === true;
  }

  #emptyDisk(): SimDisk {
    const disk = new SimDisk(this.world);
    disk.beingCopied = (copied) => this.accounts.copied(copied);
    return disk;
  }

  #end(machine: Machine, life: Life): void {
    life.process.kill();
    machine.life = null;
    this.network.endpoints.delete(machine.name);
    this.network.drop(machine.name);
  }
}

/** Why hits may be missing after `kill -9`; null: everything that was acknowledged is on the disk. */
function whyKillLoses(disk: SimDisk | null): string | null {
  if (!disk) return "a node without data directory was killed";
  if (disk.missing() !== null) return "a node was killed before its data directory was made anew";
  return disk.isDamaged ? "a journal was damaged" : null;
}

function logTo(world: World, name: string) {
  const say = (mark: string) => (event: string, fields?: Readonly<Record<string, unknown>>) =>
    world.say(name, world.tracing ? `${mark}${event} ${fields ? JSON.stringify(fields) : ""}` : "");
  return { debug: () => {}, info: say(""), warn: say("! "), error: say("!! ") };
}

/** Why a node that leaves without a journal takes hits with it; null: it does not. */
function whyLeavingLoses(left: number, indeterminate: number): string | null {
  if (left > 0) return "a drain ran out of time, and no journal had the rest";
  return indeterminate > 0 ? "a node left with indeterminate hits, and no journal had them" : null;
}

/** The settings of a node that knows format 1 only. */
function neverConverting(settings: NodeOptions): NodeOptions {
  return { ...settings, leader: { ...settings.leader, conversionDelay: Number.POSITIVE_INFINITY } };
}
