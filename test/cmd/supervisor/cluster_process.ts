import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePortsInARow } from "../../free_port.ts";

const DEADLINE_MS = 60_000;

/** A supervisor as users run it, with the output of its process and its nodes. */
export class ClusterProcess {
  output = "";
  readonly #process: ChildProcess;

  /** `script` is relative to this file. */
  constructor(script: string, flags: readonly string[]) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    // In its own process group: Ctrl-C goes to a whole group, and must not reach the tests.
    this.#process = spawn(process.execPath, [path, ...flags], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (chunk) => {
        this.output += chunk;
      });
    }
  }

  /** Waits until all nodes are ready and one became leader. */
  async ready(): Promise<void> {
    await this.until(
      "all are ready and one leads",
      () => this.says("Ctrl-C stops") > 0 && this.says(" became leader\n") > 0,
    );
  }

  /** How often it has written `words`. */
  says(words: string): number {
    return this.output.split(words).length - 1;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Sends SIGINT as a terminal does, to the group, and again as npm does. */
  pressCtrlC(): void {
    process.kill(-this.#process.pid!, "SIGINT");
    this.#process.kill("SIGINT");
  }

  async exitCode(): Promise<number | null> {
    await this.until("the supervisor ended", () => this.#hasEnded());
    return this.#process.exitCode;
  }

  /** Process id of the node on `port`. */
  pidOf(port: number): number {
    const processes = spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).stdout.split("\n");
    const rows = processes.map((row) => row.trim().split(/\s+/));
    const row = rows.find(([, parent, ...args]) => Number(parent) === this.#process.pid && args.includes(String(port)));
    assert.ok(row, `no process runs the node on ${port}`);
    return Number(row[0]);
  }

  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!(await holds())) {
      if (performance.now() > deadline) assert.fail(`waited in vain: ${what}; the output so far:\n${this.output}`);
      await sleep(20);
    }
  }

  /** Stops it if it is still running. */
  async end(): Promise<void> {
    if (this.#hasEnded()) return;
    this.#process.kill("SIGTERM");
    await this.exitCode();
  }

  #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}

/** The first of three ports in a row that are free on loopback. */
export async function threeFreePorts(): Promise<number> {
  return (await freePortsInARow(3))[0] as number;
}
