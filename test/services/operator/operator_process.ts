import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually } from "../../eventually.ts";

const SCRIPT = fileURLToPath(new URL("../../../cmd/operator.ts", import.meta.url));

/** Processes of this one, which must not outlive it. */
const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

export interface LogLine {
  readonly level: string;
  readonly name: string;
  readonly event: string;
  readonly address?: string;
}

/** One operator as people run it, with health and metrics on a free port. */
export class OperatorProcess {
  /** Its standard error so far. */
  errors = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | NodeJS.Signals>;
  #output = "";

  /** `flags`: those that are not as usual here, with their values. */
  constructor(flags: Readonly<Record<string, string>>) {
    const all = { "--host": "127.0.0.1", "--port": "0", "--log": "json", ...flags };
    const child = spawn(process.execPath, [SCRIPT, ...Object.entries(all).flat()], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.on("data", (chunk) => {
      this.#output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      this.errors += chunk;
    });
    alive.add(child);
    this.#child = child;
    this.#ended = once(child, "close").then(([code, signal]) => {
      alive.delete(child);
      return code ?? signal;
    });
  }

  /** Its log so far. */
  get lines(): LogLine[] {
    return this.#output
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Resolves to `host:port` when it serves. */
  listening(): Promise<string> {
    return eventually(() => {
      if (this.#child.exitCode !== null) throw new Error(`the operator ended: ${this.errors}`);
      return this.lines.find(({ address }) => address !== undefined)?.address;
    });
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://${await this.listening()}${path}`, { signal: AbortSignal.timeout(30_000) });
    return { status: answer.status, text: await answer.text() };
  }

  /** Resolves with how it ended. */
  ended(): Promise<number | NodeJS.Signals> {
    return this.#ended;
  }

  /** SIGTERM. */
  terminate(): Promise<number | NodeJS.Signals> {
    this.#child.kill("SIGTERM");
    return this.#ended;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
