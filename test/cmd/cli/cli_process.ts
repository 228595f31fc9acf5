import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually } from "../../eventually.ts";

export const SCRIPT = fileURLToPath(new URL("../../../cmd/cli.ts", import.meta.url));
const DEADLINE_MS = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command line as people run it. */
export class CliProcess {
  out = "";
  err = "";
  readonly #child: ChildProcess;

  constructor(args: readonly string[], command: readonly string[] = [process.execPath, SCRIPT]) {
    const [program = "", ...before] = command;
    this.#child = spawn(program, [...before, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for something that it wrote. */
  async until(holds: () => boolean): Promise<void> {
    await eventually(holds, DEADLINE_MS).catch((error) => {
      throw new Error(`${error.message}; it wrote: ${this.out}${this.err}`);
    });
  }

  /** Resolves when it has ended and everything that it wrote is here. */
  async ended(): Promise<Ended> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "close");
    return { code: this.#child.exitCode, out: this.out, err: this.err };
  }
}

export function cli(...args: string[]): Promise<Ended> {
  return new CliProcess(args).ended();
}
