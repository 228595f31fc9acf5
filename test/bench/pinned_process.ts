import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { eventually } from "./eventually.ts";
import { BenchFailure } from "./row.ts";

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

export interface PinnedOptions {
  readonly core: number;
  /** A Node process of ours: messages pass both ways. */
  readonly ipc?: boolean;
}

/** Processes of this one, which must not outlive it. */
const alive = new Set<ChildProcess>();
process.once("exit", endAll);

/** Ends what a row has left behind, at once. */
export function endAll(): void {
  for (const child of alive) child.kill("SIGKILL");
}

/** A process that runs on one core, and dies with this one. */
export class PinnedProcess {
  /** What it wrote, the end of it. */
  output = "";
  readonly pid: number;
  /** What it told, all of it. */
  readonly messages: unknown[] = [];
  readonly #child: ChildProcess;

  constructor(command: readonly string[], { core, ipc = false }: PinnedOptions) {
    if (availableParallelism() < 2) throw new BenchFailure("needs two cores, one for the server and one for the load");
    this.#child = spawn("taskset", ["-c", String(core), ...command], {
      stdio: ["ignore", "pipe", "pipe", ...(ipc ? (["ipc"] as const) : [])],
    });
    this.pid = this.#child.pid ?? -1;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk) => {
        this.output = (this.output + chunk).slice(-8_000);
      });
    }
    this.#child.on("error", (error) => {
      this.output += error.message;
    });
    this.#child.on("message", (message) => this.messages.push(message));
    alive.add(this.#child);
    this.#child.once("exit", () => alive.delete(this.#child));
  }

  get ended(): boolean {
    return this.pid === -1 || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Seconds that its threads have run so far. */
  get cpuSeconds(): number {
    let nanoseconds = 0;
    for (const thread of readdirSync(`/proc/${this.pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${this.pid}/task/${thread}/schedstat`, "utf8").split(" ", 1)[0]);
    }
    return nanoseconds / 1e9;
  }

  /** A field of `/proc/PID/status` that is in kB, in bytes: `VmRSS`, `VmHWM`. */
  memory(field: string): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
  }

  tell(message: object): void {
    this.#child.send(message);
  }

  /** The first message that satisfies `is`, once it is there. Throws BenchFailure. */
  async hear<T>(is: (message: unknown) => message is T, deadlineMs?: number): Promise<T> {
    await this.until("it says what is waited for", () => this.messages.some(is), deadlineMs);
    return this.messages.find(is)!;
  }

  /** Throws BenchFailure when the process ends first, or it takes too long. */
  async until(what: string, holds: () => boolean | Promise<boolean>, deadlineMs?: number): Promise<void> {
    const over = async () => this.ended || (await holds());
    await eventually(what, over, deadlineMs).catch((error) => this.#fail(error.message));
    if (this.ended && !(await holds())) this.#fail("it ended");
  }

  /** Sends `signal` and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.ended) this.#child.kill(signal);
    await this.exited();
  }

  /** The exit code, or null when a signal ended it. */
  async exited(): Promise<number | null> {
    await eventually(`process ${this.pid} ends`, () => this.ended, 120_000);
    return this.#child.exitCode;
  }

  #fail(why: string): never {
    throw new BenchFailure(`${this.#child.spawnargs.slice(3).join(" ")}: ${why}; it wrote: ${this.output}`);
  }
}
