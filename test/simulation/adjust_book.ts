import type { KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { AdjustmentChange, AuditEntry } from "../../internal/core/ledger/adjustment.ts";
import { contentOfChange } from "../../internal/core/ledger/audit_entries.ts";
import type { Links } from "../../internal/core/links/links.ts";
import type { AdjustmentOutcome } from "../../internal/ports/adjusting.ts";

/** Requests with one key, and what they were answered. */
interface AdjustedKey {
  readonly changes: Map<string, AdjustmentChange>;
  requests: number;
  /** Answers that say that it was not done. */
  refused: number;
}

/** Totals by counter. */
export type Model = Map<string, number>;

/**
 * What people asked to be adjusted, and what they were told. An adjustment is done at most once in one ledger, with what was asked for, and
 * changes the totals by exactly that. One that was never done is never said to be done, and one that everybody was denied is never done.
 */
export class AdjustBook {
  readonly #broken: (how: string) => void;
  readonly #keys = new Map<KeyId, AdjustedKey>();
  readonly #everDone = new Set<KeyId>();
  /** What each restore of the store has undone. */
  readonly #undone: ReadonlySet<KeyId>[] = [];
  readonly answers = new Map<string, number>();

  constructor(broken: (how: string) => void) {
    this.#broken = broken;
  }

  /** Returns how many restores there were before it. */
  sends(key: KeyId, change: AdjustmentChange): number {
    const known = this.#keys.get(key) ?? { changes: new Map(), requests: 0, refused: 0 };
    known.requests++;
    known.changes.set(contentOfChange(change), change);
    this.#keys.set(key, known);
    return this.#undone.length;
  }

  /** The store was restored: it had done `before`, and now it has done `after`. */
  restored(before: ReadonlyMap<KeyId, AuditEntry>, after: ReadonlyMap<KeyId, AuditEntry>): void {
    this.#undone.push(new Set([...before.keys()].filter((key) => !after.has(key))));
  }

  /**
   * `restores`: how many there were when it was sent. Answers may be under way while the store is restored. `done`: what the ledger has
   * done, if the store still has the ledger that the node knows; null: it has another one.
   */
  answered(
    name: string,
    { key, restores }: { key: KeyId; restores: number },
    outcome: AdjustmentOutcome,
    done: ReadonlyMap<KeyId, AuditEntry> | null,
  ): void {
    const kind =
      outcome.done === true ? (outcome.duplicate ? "duplicate" : "done") : `${outcome.reason} ${outcome.done}`;
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
    const known = this.#keys.get(key) as AdjustedKey;
    if (outcome.done === false) known.refused++;
    if (outcome.done !== true || done === null) return;
    const entry = done.get(key);
    if (!entry && this.#undone.slice(restores).some((undone) => undone.has(key))) return;
    if (!entry) this.#broken(`${name} says that adjustment ${key} is done, and it is not`);
    else if (entry.before !== outcome.entry.before || entry.after !== outcome.entry.after)
      this.#broken(`${name} says that adjustment ${key} did something else than it did`);
  }

  /** The ledger, whose totals were `before`, does these in one version. Returns what it must have then, of all orders the one that explains it. */
  apply(before: Model, entries: readonly AuditEntry[], totals: ReadonlyMap<string, number>): Model {
    for (const { key } of entries) this.#everDone.add(key);
    const orders = permutations(entries);
    const results = orders.map((order) => this.#applied(before, order)).filter((model) => model !== null);
    const exact = results.find((model) => isSame(model, totals));
    if (exact) return exact;
    if (entries.length > 0 && results.length === 0)
      this.#broken(
        `no order explains what these adjustments say of before and after: ${entries.map(({ key }) => key)}`,
      );
    return results[0] ?? new Map(before);
  }

  /** Links change only by these adjustments, and then to what they say. */
  checkLinks(before: Links, after: Links, done: readonly AuditEntry[]): void {
    for (const counter of new Set([...before.keys(), ...after.keys()])) {
      const [from, to] = [before.get(counter) ?? null, after.get(counter) ?? null];
      const said = done.flatMap((entry) => (entry.counter === counter && entry.linked ? [entry.linked.to] : []));
      if (said.length === 0 ? from !== to : !said.includes(to))
        this.#broken(`the link of ${counter} led to ${from}, and leads to ${to}`);
    }
  }

  /** Call at the end. */
  check(): void {
    for (const [key, { requests, refused }] of this.#keys)
      if (requests === refused && this.#everDone.has(key))
        this.#broken(`adjustment ${key} was done, and all of its ${requests} requests were told that it was not`);
  }

  /** Null: an entry says something else of before and after. */
  #applied(before: Model, entries: readonly AuditEntry[]): Model | null {
    const model = new Map(before);
    for (const entry of entries) {
      const change = this.#keys.get(entry.key)?.changes.get(entry.content);
      if (!change) this.#broken(`adjustment ${entry.key} was done, and nobody asked for it`);
      else if (!fits(entry, adjust(model, change))) return null;
    }
    return model;
  }
}

function fits({ before, after }: AuditEntry, sums: { readonly before: number; readonly after: number }): boolean {
  return Number(before) === sums.before && Number(after) === sums.after;
}

function adjust(model: Model, change: AdjustmentChange): { before: number; after: number } {
  if (change.action !== "import") {
    const before = model.get(change.counter) ?? 0;
    if (change.action === "set") model.set(change.counter, Number(change.value));
    else if (change.action === "delete") model.delete(change.counter);
    else if (change.action === "link") model.set(change.counter, before);
    return { before, after: model.get(change.counter) ?? 0 };
  }
  const existed = new Map(model);
  const made = new Set<string>();
  const touched = new Set<string>();
  for (const { counter, value } of change.lines) {
    if (change.mode === "absent" && (existed.has(counter) || made.has(counter))) continue;
    made.add(counter);
    touched.add(counter);
    model.set(counter, (model.get(counter) ?? 0) + Number(value));
  }
  const sum = (of: Model) => [...touched].reduce((all, counter) => all + (of.get(counter) ?? 0), 0);
  return { before: sum(existed), after: sum(model) };
}

function isSame(one: Model, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([counter, total]) => other.get(counter) === total);
}

function permutations<T>(all: readonly T[]): T[][] {
  if (all.length <= 1) return [[...all]];
  return all.flatMap((one, at) => permutations(all.filter((_, other) => other !== at)).map((rest) => [one, ...rest]));
}
