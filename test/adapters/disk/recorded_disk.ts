import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename, dirname, resolve } from "node:path";
import type { Call, Inode } from "./power_loss_states.ts";

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
