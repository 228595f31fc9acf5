import type { NodeState, StoreState } from "../../core/cluster/cluster_view.ts";
import type { ReportedNode, ReportedTotal } from "../../core/operator/observation.ts";
import { CounterPagesError, type NodeAccount } from "../../ports/counter_pages.ts";

/** All states, otherwise it does not compile: with an unknown state, the whole status of a cluster would be rejected. */
const STORE_STATES = statesOf<StoreState | "unknown">({
  ok: true,
  away: true,
  locked: true,
  full: true,
  founding: true,
  lost: true,
  corrupt: true,
  unknown: true,
});
const NODE_STATES = statesOf<NodeState>({
  counting: true,
  draining: true,
  refusing: true,
  lagging: true,
  unreachable: true,
  foreign: true,
});

type JsonObject = Readonly<Record<string, unknown>>;

function statesOf<W extends string>(words: Readonly<Record<W, true>>): readonly W[] {
  return Object.keys(words) as W[];
}

/** Reads a response of `GET /v1/cluster`. Pods run any image that a resource names, so every field is checked. Throws CounterPagesError. */
export function accountOf(body: unknown): NodeAccount {
  const cluster = fields(body, "the cluster");
  return {
    ledger: orNull(cluster, "ledger", text),
    version: orNull(cluster, "version", number),
    leader: orNull(cluster, "leader", text),
    store: oneOf(cluster, "store", STORE_STATES),
    storeDetail: text(cluster, "storeDetail"),
    age: orNull(cluster, "age", number),
    interval: number(cluster, "interval"),
    total: orNull(cluster, "total", whole),
    largest: list(cluster, "largest").map(counterOf),
    nodes: list(cluster, "nodes").map(nodeOf),
  };
}

/** Whether the pod tells totals beside its cluster; one of an older image does not. */
export function tellsTotals(body: unknown): boolean {
  return "total" in fields(body, "the cluster");
}

function counterOf(value: unknown): ReportedTotal {
  const counter = fields(value, "a counter");
  return { name: text(counter, "counter"), total: whole(counter, "committed") };
}

function nodeOf(value: unknown): ReportedNode {
  const node = fields(value, "a node");
  return {
    id: text(node, "id"),
    name: text(node, "name"),
    state: oneOf(node, "state", NODE_STATES),
    ...lastAnswer(node),
  };
}

/** A pod of another version may not tell what its nodes have pending, and reports the rest all the same. */
function lastAnswer({ pending, age }: JsonObject): Pick<ReportedNode, "pending" | "age"> {
  return { pending: Number.isSafeInteger(pending) ? Number(pending) : 0, age: typeof age === "number" ? age : null };
}

/** The committed total in a response of `GET /v1/counters/NAME`; null: not known yet. Throws CounterPagesError. */
export function committedTotal(body: unknown): bigint | null {
  return orNull(fields(body, "the counter"), "committed", whole);
}

function fields(value: unknown, what: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unexpected(what, value);
  return value as JsonObject;
}

function orNull<T>(from: JsonObject, key: string, read: (from: JsonObject, key: string) => T): T | null {
  return from[key] === null ? null : read(from, key);
}

function text(from: JsonObject, key: string): string {
  const value = from[key];
  if (typeof value !== "string") throw unexpected(key, value);
  return value;
}

function number(from: JsonObject, key: string): number {
  const value = from[key];
  // JSON has numbers beyond those of a double: 1e999 is read as Infinity.
  if (!Number.isFinite(value)) throw unexpected(key, value);
  return value as number;
}

/** A total: a number, or a string of digits beyond what a JSON number holds. */
function whole(from: JsonObject, key: string): bigint {
  const value = from[key];
  if (Number.isSafeInteger(value) && Number(value) >= 0) return BigInt(value as number);
  if (typeof value === "string" && /^\d{1,40}$/.test(value)) return BigInt(value);
  throw unexpected(key, value);
}

function list(from: JsonObject, key: string): readonly unknown[] {
  const value = from[key];
  if (!Array.isArray(value)) throw unexpected(key, value);
  return value;
}

function oneOf<T extends string>(from: JsonObject, key: string, words: readonly T[]): T {
  const word = words.find((word) => word === from[key]);
  if (word === undefined) throw unexpected(key, from[key]);
  return word;
}

function unexpected(key: string, value: unknown): CounterPagesError {
  const shown = (JSON.stringify(value) ?? "nothing").slice(0, 100);
  return new CounterPagesError(`unexpected value for ${key}: ${shown}. The counter may have another version.`);
}
