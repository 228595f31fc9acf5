import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename, dirname, join, resolve } from "node:path";

/** A file or folder, whatever names it has. */
interface Inode {
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

/** Records what is done to the disk under one folder, which must be empty, in the order in which it is done. */
export class RecordedDisk {
  readonly calls: Call[] = [];
  readonly #root: string;
  readonly #names = new Map<string, Inode>();
  readonly #open = new Map<number, { readonly path: string; readonly inode: Inode }>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Runs `body` with recorded calls. They take effect, too. */
  record(body: () => void): void {
    const recording = this.#recording({ ...fs });
    const real = Object.fromEntries(Object.keys(recording).map((name) => [name, fs[name as keyof typeof fs]]));
    Object.assign(fs, recording);
    syncBuiltinESMExports();
    try {
      body();
    } finally {
      Object.assign(fs, real);
      syncBuiltinESMExports();
    }
  }

  #recording(real: typeof fs): Partial<typeof fs> {
    return {
      openSync: (path, flags, mode) => {
        const fd = real.openSync(path, flags, mode);
        this.#opened(fd, String(path), String(flags));
        return fd;
      },
      closeSync: (fd) => {
        this.#open.delete(fd);
        real.closeSync(fd);
      },
      writeSync: ((fd: number, data: string | Buffer, ...rest: number[]) => {
        const written = (real.writeSync as (...args: unknown[]) => number)(fd, data, ...rest);
        // Strings come with a position; buffers with offset, length and position.
        const [bytes, at] =
          typeof data === "string" ? [Buffer.from(data), rest[0]!] : [data.subarray(rest[0]), rest[2]!];
        this.#on(fd, (file) => ({ kind: "write", file, at, bytes: Buffer.from(bytes.subarray(0, written)) }));
        return written;
      }) as typeof fs.writeSync,
      ftruncateSync: (fd, length) => {
        real.ftruncateSync(fd, length);
        this.#on(fd, (file) => ({ kind: "truncate", file, length: length ?? 0 }));
      },
      fdatasyncSync: (fd) => {
        real.fdatasyncSync(fd);
        this.#synced(fd);
      },
      fsyncSync: (fd) => {
        real.fsyncSync(fd);
        this.#synced(fd);
      },
      renameSync: (from, to) => {
        real.renameSync(from, to);
        const inode = this.#names.get(resolve(String(from)));
        if (inode)
          this.#change([
            [String(to), inode],
            [String(from), null],
          ]);
      },
      linkSync: (from, to) => {
        real.linkSync(from, to);
        const inode = this.#names.get(resolve(String(from)));
        if (inode) this.#change([[String(to), inode]]);
      },
      rmSync: (path, options) => {
        real.rmSync(path, options);
        if (this.#names.has(resolve(String(path)))) this.#change([[String(path), null]]);
      },
      mkdirSync: ((path: string) => {
        real.mkdirSync(path);
        if (this.#holds(path)) this.#change([[path, { folder: true }]]);
      }) as typeof fs.mkdirSync,
    };
  }

  #holds(path: string): boolean {
    return resolve(path).startsWith(`${this.#root}/`);
  }

  #opened(fd: number, path: string, flags: string): void {
    if (resolve(path) !== this.#root && !this.#holds(path)) return;
    const known = this.#names.get(resolve(path));
    const inode = known ?? { folder: flags === "r" };
    this.#open.set(fd, { path: resolve(path), inode });
    if (flags !== "w+") return;
    if (known === undefined) this.#change([[path, inode]]);
    else this.calls.push({ kind: "truncate", file: inode, length: 0 });
  }

  #on(fd: number, call: (file: Inode) => Call): void {
    const opened = this.#open.get(fd);
    if (opened) this.calls.push(call(opened.inode));
  }

  #synced(fd: number): void {
    const opened = this.#open.get(fd);
    if (!opened) return;
    const { path, inode } = opened;
    this.calls.push(inode.folder ? { kind: "syncFolder", folder: path } : { kind: "sync", file: inode });
  }

  #change(changes: readonly (readonly [path: string, Inode | null])[]): void {
    for (const [path, inode] of changes) {
      if (inode === null) this.#names.delete(resolve(path));
      else this.#names.set(resolve(path), inode);
    }
    const named = changes.map(([path, inode]) => [basename(path), inode] as const);
    this.calls.push({ kind: "entries", folder: resolve(dirname(changes[0]![0])), changes: named });
  }
}

/** The content of a disk, by path below its root; null: a folder. */
export type Image = ReadonlyMap<string, Buffer | null>;

/**
 * What a power loss after `calls` may leave: all that was synced, and any part of the rest, each call of it alone. A write may be torn at
 * any byte. `chosen` says which of the unsynced calls reached the disk: 0 for none of it, 1 for all, between: that part of a write's bytes.
 */
export function imageAfter(calls: readonly Call[], root: string, chosen: (unsynced: number) => number): Image {
  const unsynced = unsyncedCalls(calls);
  const names = new Map<string, Map<string, Inode>>();
  const contents = new Map<Inode, Buffer>();
  calls.forEach((call, at) => {
    const index = unsynced.indexOf(at);
    const part = index < 0 ? 1 : chosen(index);
    if (part > 0) apply(call, part, names, contents);
  });
  return below(root, "", names, contents);
}

/** The indices of the calls that no later call has synced. */
export function unsyncedCalls(calls: readonly Call[]): number[] {
  return calls.flatMap((call, at) => {
    const later = calls.slice(at + 1);
    if (call.kind === "entries")
      return later.some((other) => other.kind === "syncFolder" && other.folder === call.folder) ? [] : [at];
    if (call.kind !== "write" && call.kind !== "truncate") return [];
    return later.some((other) => other.kind === "sync" && other.file === call.file) ? [] : [at];
  });
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
