import { type Ledger, watermarkOf } from "../../internal/core/ledger/ledger.ts";
import { decodeLedger } from "../../internal/core/ledger/ledger_encoding.ts";
import { sumOf } from "../../internal/core/log/counts.ts";
import type { Life, Machine } from "./machine.ts";
import type { File, SimDisk } from "./sim_disk.ts";
import type { SimStore } from "./sim_store.ts";
import type { World } from "./world.ts";

/** A history broke the contract. */
export class ContractBroken extends Error {
  override readonly name = "ContractBroken";
}

/** An exception of the contract, with its reason: at most this many hits of a counter may be missing. */
interface Exception {
  readonly reason: string;
  readonly hits: ReadonlyMap<string, number>;
}

/** The books of a history: what was acknowledged, what people saw, and what may be missing, with the reason. */
export class Accounts {
  readonly #world: World;
  readonly acknowledged = new Map<string, number>();
  /** Hits that were sent and neither acknowledged nor refused, because the process ended first. */
  readonly unanswered = new Map<string, number>();
  readonly exceptions: Exception[] = [];
  readonly rounds = new Map<string, number>();
  refused = 0;
  /** True in stories that break an invariant on purpose. */
  toleratesHalts = false;
  #broken: ContractBroken | null = null;
  #seen = new Map<Life, Map<string, bigint>>();

  constructor(world: World) {
    this.#world = world;
  }

  hit(name: string, life: Life, counter: string, by: number): void {
    add(this.unanswered, counter, by);
    life.node.hit(counter, by, (outcome) => {
      add(this.unanswered, counter, -by);
      if (!outcome.accepted) {
        this.refused++;
        return this.#world.say(name, `refuses ${by} of ${counter}: ${outcome.reason}`);
      }
      add(this.acknowledged, counter, by);
      this.#world.say(name, `acknowledges ${by} of ${counter}, shows ${outcome.value.value}`);
      this.#show(name, life, counter, outcome.value.value, by);
    });
  }

  /** Checks every number that this process's page shows, after each change. */
  watch(name: string, life: Life): void {
    this.#seen.set(life, new Map());
    life.node.onRound(() => {
      if (!life.node.healthy() && !this.toleratesHalts)
        this.#broken ??= new ContractBroken(`an invariant is broken on ${name}`);
      for (const counter of this.acknowledged.keys()) {
        const reading = life.node.read(counter);
        if (reading) this.#show(name, life, counter, reading.value, 0);
      }
      this.#checkSum(name, life);
    });
  }

  round(outcome: string): void {
    add(this.rounds, outcome, 1);
  }

  /** From now on, hits that this process acknowledged and did not see committed may be missing. */
  except(reason: string, life: Life, machine?: Machine): void {
    const hits = hitsIn(machine?.disk?.files.values() ?? []);
    for (const counter of this.acknowledged.keys()) add(hits, counter, life.node.read(counter)?.pending ?? 0);
    this.exceptions.push({ reason, hits });
  }

  /** What this life holds in files that no start will find may be missing from now on. Pages do not show all of what it carries. */
  exceptLost(reason: string, life: Life, disk: SimDisk): void {
    const { pending, indeterminate } = life.node.statistics();
    const most = pending + indeterminate;
    const hits = [...hitsIn(disk.lost)].map(([counter, by]) => [counter, Math.min(by, most)] as const);
    if (hits.length > 0) this.exceptions.push({ reason, hits: new Map(hits) });
  }

  /**
   * This life's disk was copied. The copy may commit hits that this life has not offered under their log's present id: because it has never
   * offered them (`unoffered`), or because the copy was first to move the log to an adopted ledger. The next snapshot tells this life their
   * total, and the one after it their log.
   */
  copied(life: Life, unoffered: boolean): void {
    this.#originals.set(life, unoffered);
  }

  /** Lives whose disk was copied, and whether hits on it had never been offered. */
  readonly #originals = new Map<Life, boolean>();

  #mayShowTooMuch(life: Life): boolean {
    const unoffered = this.#originals.get(life);
    return unoffered === true || (unoffered === false && this.#lenient);
  }

  /** A disk that was like `before` is like `after` now, or gone: what was on it alone, and is not committed, may be missing. */
  exceptDisk(reason: string, before: SimDisk, after: SimDisk | null, store: SimStore): void {
    const ledger = decodeLedger(store.entries);
    const hits = new Map<string, number>();
    for (const [source, file] of before.files) {
      const known = [source, ...file.formerly].map((id) => (ledger && watermarkOf(ledger, id)) ?? 0);
      const safe = Math.max(...known, endOf(after?.files.get(source)));
      let end = file.shown;
      for (const line of file.lines) {
        if (line.kind !== "hits") continue;
        end += sumOf(line.counts);
        if (end > safe) for (const [counter, by] of line.counts) add(hits, counter, by);
      }
    }
    if (hits.size > 0) this.exceptions.push({ reason, hits });
  }

  exceptShown(reason: string, before: Ledger | null, after: Ledger | null): void {
    const hits = new Map<string, number>();
    for (const [counter, total] of totals(before))
      add(hits, counter, Math.max(0, total - (totals(after).get(counter) ?? 0)));
    this.exceptions.push({ reason, hits });
  }

  /** Hits that a node reports as indeterminate are kept and listed, but not counted. */
  exceptIndeterminate(reason: string, hits: ReadonlyMap<string, number>): void {
    this.exceptions.push({ reason, hits });
  }

  /** After an adoption, pages may show less than before. */
  adopted(): void {
    for (const life of this.#seen.keys()) this.#seen.set(life, new Map());
    this.#lenient = true;
  }

  #lenient = false;

  /** Throws ContractBroken if what people saw so far broke the contract. */
  checkPages(): void {
    if (this.#broken) throw this.#broken;
  }

  /** Compares the ledger with the books. Throws ContractBroken. */
  checkLedger(store: SimStore): void {
    const ledger = decodeLedger(store.entries);
    const counted = totals(ledger);
    for (const counter of new Set([...this.acknowledged.keys(), ...counted.keys()])) {
      const acknowledged = this.acknowledged.get(counter) ?? 0;
      const excepted = this.exceptions.reduce((sum, { hits }) => sum + (hits.get(counter) ?? 0), 0);
      const total = counted.get(counter) ?? 0;
      if (total > this.#attempted(counter))
        throw new ContractBroken(`counted twice: ${counter} is ${total}, acknowledged were ${acknowledged}`);
      if (total < acknowledged - excepted) {
        throw new ContractBroken(
          `lost: ${counter} is ${total}, acknowledged were ${acknowledged}, of which ${excepted} excepted`,
        );
      }
    }
    for (const [epoch, commits] of store.commits)
      if (epoch > 0 && commits > this.#roundsTotal() + 1)
        throw new ContractBroken(`more commits than rounds in epoch ${epoch}`);
  }

  #roundsTotal(): number {
    return [...this.rounds.values()].reduce((sum, rounds) => sum + rounds, 0);
  }

  /** Nodes keep the sum of all counters up to date while totals arrive. It must equal the totals added up, and the largest must be among them. */
  #checkSum(name: string, { node }: Life): void {
    const sum = node.sum();
    if (sum === null) return;
    const all = node.list("", Number.MAX_SAFE_INTEGER).map(({ counter, regions }) => ({
      counter,
      committed: [...regions.values()].reduce((one, other) => one + other, 0n),
    }));
    const total = all.reduce((sum, { committed }) => sum + committed, 0n);
    const most = all.reduce((most, { committed }) => (committed > most ? committed : most), 0n);
    if (sum.total === total && (sum.largest[0]?.committed ?? 0n) === most) return;
    this.#broken ??= new ContractBroken(`${name} shows ${sum.total} as the sum of all counters, which is ${total}`);
  }

  #show(name: string, life: Life, counter: string, value: bigint | null, own: number): void {
    const seen = this.#seen.get(life) as Map<string, bigint>;
    const before = seen.get(counter);
    if (value === null) return;
    if (before !== undefined && value < before + BigInt(own) && !this.#lenient) {
      const what = own > 0 ? `a visitor's own hit is missing` : `a page went backwards`;
      this.#break(name, `${what}: ${counter} on ${name} went from ${before} to ${value}`);
    }
    if (value > this.#attempted(counter) && !this.#mayShowTooMuch(life))
      this.#break(name, `shown too much: ${counter} on ${name} is ${value} of ${this.#attempted(counter)}`);
    seen.set(counter, value);
  }

  /** Most hits that can have been counted by now. */
  #attempted(counter: string): number {
    return (this.acknowledged.get(counter) ?? 0) + (this.unanswered.get(counter) ?? 0);
  }

  #break(name: string, how: string): void {
    this.#world.say(name, `BROKEN: ${how}`);
    this.#broken ??= new ContractBroken(how);
  }
}

function hitsIn(files: Iterable<File>): Map<string, number> {
  const hits = new Map<string, number>();
  for (const { lines } of files)
    for (const line of lines) if (line.kind === "hits") for (const [counter, by] of line.counts) add(hits, counter, by);
  return hits;
}

function endOf(file: File | undefined): number {
  const lines = file?.lines ?? [];
  return lines.reduce((end, line) => end + (line.kind === "hits" ? sumOf(line.counts) : 0), file?.shown ?? 0);
}

function totals(ledger: Ledger | null): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [counter, regions] of ledger?.totals ?? [])
    for (const total of regions.values()) add(sums, counter, Number(total));
  return sums;
}

function add(map: Map<string, number>, key: string, by: number): void {
  map.set(key, (map.get(key) ?? 0) + by);
}
