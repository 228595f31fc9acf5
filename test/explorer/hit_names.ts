import { type Ledger, totalOf } from "../../internal/core/ledger/ledger.ts";
import type { Segment } from "../../internal/core/log/batch.ts";
import { Violation } from "./parts.ts";

/** Hits of one node have room for this many bits. */
const HITS_PER_NODE = 4;

/** A set of hits, one bit each. */
export type HitSet = number;

/** Every hit counts a counter of its own, so that a lost one and a doubled one cannot cancel each other. */
export function hitName(node: number, hit: number): string {
  return `${letter(node).toLowerCase()}${hit + 1}`;
}

export function letter(node: number): string {
  return String.fromCharCode(65 + node);
}

export function allHits(hits: readonly number[]): string[] {
  return hits.flatMap((count, node) => Array.from({ length: count }, (_, hit) => hitName(node, hit)));
}

export function bitOf(name: string): HitSet {
  return 1 << ((name.charCodeAt(0) - 97) * HITS_PER_NODE + name.charCodeAt(1) - 49);
}

/** Every hit that can ever arrive at a node. */
export function hitsOf(node: number): HitSet {
  return ((1 << HITS_PER_NODE) - 1) << (node * HITS_PER_NODE);
}

export function hitsIn(segments: Iterable<Pick<Segment, "counts">>): HitSet {
  let hits = 0;
  for (const { counts } of segments) for (const name of counts.keys()) hits |= bitOf(name);
  return hits;
}

export function namesOf(hits: HitSet): string {
  const names: string[] = [];
  for (let bit = 0; bit < 31; bit++)
    if (hits & (1 << bit)) names.push(hitName(Math.floor(bit / HITS_PER_NODE), bit % HITS_PER_NODE));
  return names.join(", ") || "none";
}

/** The counter of a visitor, who counts once in each of two periods. The second time is the hit whose bit is the next one. */
export const VISITED = hitName(1, 2);

/** The hits of a counter with this total. */
export function setOf(name: string, total: bigint): HitSet {
  if (total === 0n) return 0;
  return total === 1n ? bitOf(name) : bitOf(name) * 3;
}

/** Of a counter: the total of which `hits` are all hits. */
export function totalIn(hits: HitSet, name: string): number {
  const most = name === VISITED ? 3 : 1;
  const set = Math.floor(hits / bitOf(name)) & most;
  return (set & 1) + (set >> 1);
}

/** The hits that are in a ledger's totals. Throws Violation when one is there twice. */
export function totalsIn(ledger: Ledger): HitSet {
  let hits = 0;
  for (const [name, { regions }] of ledger.totals) {
    const total = totalOf([regions]);
    if (total > (name === VISITED ? 2n : 1n)) throw new Violation(`hit ${name} is counted ${total} times`);
    hits |= setOf(name, total);
  }
  return hits;
}
