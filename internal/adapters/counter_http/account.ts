import type { NodeState, StoreState } from "../../core/cluster/cluster_view.ts";
import type { AnsweredNode } from "../../core/operator/observation.ts";
import { CounterPagesError, type NodeAccount } from "../../ports/counter_pages.ts";

/** Complete, or it does not compile: a word that is not known here makes a whole cluster's answer worth nothing. */
const STORE_STATES = wordsOf<StoreState | "unknown">({
  ok: true,
  away: true,
  locked: true,
  full: true,
  founding: true,
  lost: true,
  corrupt: true,
  unknown: true,
});
const NODE_STATES = wordsOf<NodeState>({
  counting: true,
  draining: true,
  refusing: true,
  lagging: true,
  unreachable: true,
  foreign: true,
});

type Fields = Readonly<Record<string, unknown>>;

function wordsOf<W extends string>(words: Readonly<Record<W, true>>): readonly W[] {
  return Object.keys(words) as W[];
}

/** Reads what `GET /v1/cluster` says. Pods run any image that a resource names, so nothing is believed unseen. Throws CounterPagesError. */
export function accountOf(body: unknown, total: bigint | null): NodeAccount {
  const cluster = fields(body, "the cluster");
  const ledger = orNull(cluster, "ledger", text);
  return {
    ledger,
    version: orNull(cluster, "version", number),
    leader: orNull(cluster, "leader", text),
    store: oneOf(cluster, "store", STORE_STATES),
    storeDetail: text(cluster, "storeDetail"),
    age: orNull(cluster, "age", number),
    interval: number(cluster, "interval"),
    // Without a ledger, a counter that nobody knows is not one that stands at zero.
    total: ledger === null ? null : total,
    nodes: list(cluster, "nodes").map(nodeOf),
  };
}

function nodeOf(value: unknown): AnsweredNode {
  const node = fields(value, "a node");
  return { id: text(node, "id"), name: text(node, "name"), state: oneOf(node, "state", NODE_STATES) };
}

/** The committed total in what `GET /v1/counters/NAME` says: a number, a string of digits, or null. Throws CounterPagesError. */
export function committedTotal(body: unknown): bigint | null {
  const { committed } = fields(body, "the counter");
  if (committed === null) return null;
  const isNumber = Number.isSafeInteger(committed) && Number(committed) >= 0;
  if (isNumber || (typeof committed === "string" && /^\d{1,40}$/.test(committed))) {
    return BigInt(committed as string | number);
  }
  throw misunderstood("committed", committed);
}

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw misunderstood(what, value);
  return value as Fields;
}

function orNull<T>(from: Fields, key: string, read: (from: Fields, key: string) => T): T | null {
  return from[key] === null ? null : read(from, key);
}

function text(from: Fields, key: string): string {
  const value = from[key];
  if (typeof value !== "string") throw misunderstood(key, value);
  return value;
}

function number(from: Fields, key: string): number {
  const value = from[key];
  if (typeof value !== "number") throw misunderstood(key, value);
  return value;
}

function list(from: Fields, key: string): readonly unknown[] {
  const value = from[key];
  if (!Array.isArray(value)) throw misunderstood(key, value);
  return value;
}

function oneOf<T extends string>(from: Fields, key: string, words: readonly T[]): T {
  const word = words.find((word) => word === from[key]);
  if (word === undefined) throw misunderstood(key, from[key]);
  return word;
}

function misunderstood(key: string, value: unknown): CounterPagesError {
  const shown = (JSON.stringify(value) ?? "nothing").slice(0, 100);
  return new CounterPagesError(`a counter should not say ${shown} for ${key}: is it of another version?`);
}
