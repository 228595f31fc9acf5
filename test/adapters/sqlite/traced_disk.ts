import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Call, Inode } from "../disk/power_loss_states.ts";

/** What a process did to a disk, and when it said what. */
export interface Traced {
  readonly calls: readonly Call[];
  /** Lines that it wrote to its standard output, and how many of `calls` there were before. */
  readonly lines: readonly { readonly text: string; readonly calls: number }[];
}

/** Calls that change a disk, and those that say what a descriptor is. `?`: not every processor has it. */
const TRACED = [
  ..."openat close dup dup3 fcntl write writev pwrite64 pwritev pwritev2 ftruncate fallocate fsync fdatasync".split(
    " ",
  ),
  ..."sync_file_range copy_file_range renameat2 linkat unlinkat mkdirat symlinkat".split(" "),
  ..."?open ?creat ?dup2 ?truncate ?rename ?renameat ?link ?unlink ?mkdir ?rmdir ?symlink".split(" "),
];

/** SQLite makes it anew after a restart, and never syncs it. */
const SHARED_MEMORY = /-shm$/;

/**
 * Runs Node with `args` under strace, and has what it does to the disk under `root`, which must be empty or as `disk` left it. SQLite
 * writes below Node, where only the system sees it. `traces` is a folder for strace's output. Throws if the process fails, if another
 * thread than its first one touches `root`, and for a call that is not known here.
 */
export class TracedDisk {
  readonly #root: string;
  readonly #names = new Map<string, Inode>();
  readonly #calls: Call[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  run(args: readonly string[], traces: string): Traced {
    const output = join(traces, "trace");
    const options = ["-ff", "-xx", "-s", "10000000", "-e", `trace=${TRACED.join()}`, "-e", "signal=none", "-o", output];
    const { status, stderr, pid } = spawnSync("strace", [...options, process.execPath, ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(`The traced process ${pid} ended with code ${status}: ${stderr}`);
    const files = readdirSync(traces).map((name) => readFileSync(join(traces, name), "latin1"));
    const threads = files.filter((text) => text.includes(hex(this.#root)));
    if (threads.length !== 1) throw new Error(`${threads.length} threads, not one, touched ${this.#root}`);
    return this.#traced(threads[0]!);
  }

  #traced(trace: string): Traced {
    const lines: { text: string; calls: number }[] = [];
    const thread = new Thread(this.#root, this.#names, this.#calls, (text) => {
      lines.push({ text, calls: this.#calls.length });
    });
    for (const line of trace.split("\n")) thread.take(line);
    return { calls: this.#calls, lines };
  }
}

interface Open {
  readonly path: string;
  readonly inode: Inode;
}

/** One thread's calls, in their order. */
class Thread {
  readonly #root: string;
  readonly #names: Map<string, Inode>;
  readonly #calls: Call[];
  readonly #say: (line: string) => void;
  readonly #open = new Map<string, Open>();

  constructor(root: string, names: Map<string, Inode>, calls: Call[], say: (line: string) => void) {
    this.#root = root;
    this.#names = names;
    this.#calls = calls;
    this.#say = say;
  }

  /** `name(arguments) = result` */
  take(line: string): void {
    const [, name, text, result] = /^(\w+)\((.*)\) += (-?\d+)/.exec(line) ?? [];
    if (name === undefined || text === undefined || result === undefined || result.startsWith("-")) return;
    const args = text.split(", ");
    const paths = args.flatMap((arg) => (/^"(?:\\x..)+"$/.test(arg) ? [bytesOf(arg).toString()] : []));
    if (name === "openat") this.#opened(result, paths[0]!, args[2]!);
    else if (name === "close") this.#open.delete(args[0]!);
    else if (name === "write" && args[0] === "1") this.#say(bytesOf(args[1]!).toString().trimEnd());
    else if (this.#open.has(args[0]!)) this.#onOpen(this.#open.get(args[0]!)!, name, args, Number(result));
    else if (paths.some((path) => this.#holds(path))) this.#onNames(name, paths);
  }

  #opened(fd: string, path: string, flags: string): void {
    this.#open.delete(fd);
    if (path !== this.#root && !this.#holds(path)) return;
    const known = this.#names.get(path);
    const inode = known ?? { folder: !flags.includes("O_CREAT") };
    this.#open.set(fd, { path, inode });
    if (known === undefined && flags.includes("O_CREAT")) this.#change(path, inode);
    if (known !== undefined && flags.includes("O_TRUNC"))
      this.#calls.push({ kind: "truncate", file: inode, length: 0 });
  }

  #onOpen({ path, inode }: Open, name: string, args: readonly string[], result: number): void {
    if (SHARED_MEMORY.test(path)) return;
    if (name === "pwrite64") {
      const bytes = bytesOf(args[1]!).subarray(0, result);
      this.#calls.push({ kind: "write", file: inode, at: Number(args[3]), bytes });
    } else if (name === "ftruncate") this.#calls.push({ kind: "truncate", file: inode, length: Number(args[1]) });
    else if (name === "fsync" || name === "fdatasync")
      this.#calls.push(inode.folder ? { kind: "syncFolder", folder: path } : { kind: "sync", file: inode });
    // Locks are a matter of the running system.
    else if (name !== "fcntl" || args[1]!.includes("DUPFD")) throw new Error(`${name} on ${path} is not known here`);
  }

  #onNames(name: string, paths: readonly string[]): void {
    const [path] = paths as [string];
    if (name === "unlink") this.#change(path, null);
    else if (name === "mkdir") this.#change(path, { folder: true });
    else throw new Error(`${name} of ${path} is not known here`);
  }

  #change(path: string, inode: Inode | null): void {
    if (inode === null) this.#names.delete(path);
    else this.#names.set(path, inode);
    if (SHARED_MEMORY.test(path)) return;
    this.#calls.push({ kind: "entries", folder: dirname(path), changes: [[basename(path), inode]] });
  }

  #holds(path: string): boolean {
    return path.startsWith(`${this.#root}/`);
  }
}

function bytesOf(quoted: string): Buffer {
  return Buffer.from(quoted.replaceAll(/"|\\x/g, ""), "hex");
}

function hex(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
