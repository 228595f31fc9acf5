import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A file or folder, whatever names it has. */
export interface Inode {
  readonly folder: boolean;
}

/** One call, as far as it changes what is on the disk. */
export type Call =
  /** In one step: each name gets this file, or none. */
  | {
      readonly kind: "entries";
      readonly folder: string;
      readonly changes: readonly (readonly [string, Inode | null])[];
    }
  | { readonly kind: "write"; readonly file: Inode; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly file: Inode; readonly length: number }
  | { readonly kind: "sync"; readonly file: Inode }
  | { readonly kind: "syncFolder"; readonly folder: string };

/** The content of a disk, by path below its root; null: a folder. */
export type Image = ReadonlyMap<string, Buffer | null>;

/** Above this many unsynced calls, not every subset of them is tried. */
const ALL_SUBSETS = 6;

/**
 * What a power loss after `calls` may leave: all that was synced, and any part of the rest, each call of it alone. A write may be torn at
 * any byte. `chosen` has a number for each of the `unsyncedCalls`: 0 for none of it, 1 for all, between: that part of a write's bytes.
 */
export function imageAfter(calls: readonly Call[], root: string, chosen: readonly number[]): Image {
  const parts = new Map(unsyncedCalls(calls).map((at, index) => [at, chosen[index]!]));
  const names: Names = new Map();
  const contents = new Map<Inode, Buffer>();
  calls.forEach((call, at) => {
    const part = parts.get(at) ?? 1;
    if (part > 0) apply(call, part, names, contents);
  });
  return below(root, "", names, contents);
}

/** The indices of the calls that no later call has synced. */
export function unsyncedCalls(calls: readonly Call[]): number[] {
  const synced = new Set<Inode | string>();
  const unsynced: number[] = [];
  for (let at = calls.length - 1; at >= 0; at--) {
    const call = calls[at]!;
    if (call.kind === "sync") synced.add(call.file);
    else if (call.kind === "syncFolder") synced.add(call.folder);
    else if (!synced.has(call.kind === "entries" ? call.folder : call.file)) unsynced.push(at);
  }
  return unsynced.reverse();
}

/**
 * Parts of the unsynced calls, for `imageAfter`: every subset, or of many calls those that lack or have one call or the latest ones; and
 * the last write torn in `tears` places at most, with all other calls and with none.
 */
export function* choices(calls: readonly Call[], tears: number): Generator<number[]> {
  const unsynced = unsyncedCalls(calls);
  const count = unsynced.length;
  if (count <= ALL_SUBSETS)
    for (let subset = 0; subset < 2 ** count; subset++) yield unsynced.map((_, at) => (subset >> at) & 1);
  else
    for (let at = 0; at <= count; at++) {
      yield unsynced.map((_, other) => Number(other < at));
      yield unsynced.map((_, other) => Number(other !== at));
      yield unsynced.map((_, other) => Number(other === at));
    }
  const last = calls[unsynced.at(-1) ?? -1];
  if (last?.kind !== "write") return;
  const step = Math.max(1, last.bytes.length / (tears + 1));
  for (let bytes = step; bytes < last.bytes.length; bytes += step)
    for (const rest of [0, 1]) yield unsynced.map((_, at) => (at === count - 1 ? bytes / last.bytes.length : rest));
}

/** The same for the same image. */
export function hashOf(image: Image): string {
  const hash = createHash("sha1");
  for (const [path, content] of [...image].sort())
    hash
      .update(path)
      .update("\0")
      .update(content ?? "folder");
  return hash.digest("hex");
}

/** Creates `folder` with what `image` has. */
export function writeImage(image: Image, folder: string): void {
  mkdirSync(folder);
  for (const [path, content] of image) {
    if (content === null) mkdirSync(join(folder, path));
    else writeFileSync(join(folder, path), content);
  }
}

type Names = Map<string, Map<string, Inode>>;

function apply(call: Call, part: number, names: Names, contents: Map<Inode, Buffer>): void {
  if (call.kind === "entries") {
    const entries = names.get(call.folder) ?? new Map<string, Inode>();
    names.set(call.folder, entries);
    for (const [name, inode] of call.changes) inode === null ? entries.delete(name) : entries.set(name, inode);
  } else if (call.kind === "write") {
    const bytes = call.bytes.subarray(0, Math.max(1, Math.round(call.bytes.length * part)));
    contents.set(call.file, written(contents.get(call.file) ?? Buffer.alloc(0), call.at, bytes));
  } else if (call.kind === "truncate") {
    contents.set(
      call.file,
      written((contents.get(call.file) ?? Buffer.alloc(0)).subarray(0, call.length), 0, Buffer.alloc(0)),
    );
  }
}

/** A hole before `at` reads as zeros. */
function written(content: Buffer, at: number, bytes: Buffer): Buffer {
  const result = Buffer.alloc(Math.max(content.length, bytes.length > 0 ? at + bytes.length : 0));
  content.copy(result);
  bytes.copy(result, at);
  return result;
}

function below(
  folder: string,
  prefix: string,
  names: Names,
  contents: ReadonlyMap<Inode, Buffer>,
): Map<string, Buffer | null> {
  const found = new Map<string, Buffer | null>();
  for (const [name, inode] of names.get(folder) ?? []) {
    const path = join(prefix, name);
    found.set(path, inode.folder ? null : (contents.get(inode) ?? Buffer.alloc(0)));
    if (inode.folder)
      for (const [inner, content] of below(join(folder, name), path, names, contents)) found.set(inner, content);
  }
  return found;
}
