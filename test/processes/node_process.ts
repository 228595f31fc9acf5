import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ClusterJson } from "../../internal/adapters/http/cluster_json.ts";
import { eventually } from "../eventually.ts";

/** `cmd/node.ts` of this release. */
export const SCRIPT = fileURLToPath(new URL("../../cmd/node.ts", import.meta.url));
/** A start takes half a second; a busy machine may need more. */
const READY_MS = 90_000;
/** So does an answer, which takes milliseconds. */
const ANSWER_MS = 10_000;

/** Processes of this one, which must not outlive it. */
const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** How a process ended: its exit code, or the signal that killed it. */
export type Ending = number | NodeJS.Signals;

/** One node as people run it: `node cmd/node.ts ...`, on the same port and data directory in all of its lives. */
export class NodeProcess {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  /** How often it was started. */
  life = 0;
  /** What its next life runs: `cmd/node.ts` of this release, or of another one. */
  script = SCRIPT;
  /** More flags for its next life. */
  moreFlags: readonly string[] = [];
  /** Flags of Node.js itself for its next life. */
  nodeFlags: readonly string[] = [];
  /** Whether clients are sent here. */
  routed = false;
  /** What all of its lives have written. */
  output = "";
  readonly #flags: readonly string[];
  readonly #newerFlags: readonly string[];
  #child: ChildProcess | null = null;

  /** `newerFlags`: flags that only this release knows. */
  constructor(name: string, port: number, flags: readonly string[], newerFlags: readonly string[] = []) {
    this.name = name;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#flags = ["--port", String(port), "--name", name, "--log", "text", ...flags];
    this.#newerFlags = newerFlags;
  }

  get running(): boolean {
    return this.#child !== null;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const child = this.launch();
    await eventually(() => {
      if (child.exitCode !== null) throw new Error(`${this.name} ended with ${child.exitCode}:\n${this.output}`);
      return this.get("/readyz").then(
        () => true,
        () => false,
      );
    }, READY_MS);
    this.routed = true;
  }

  /** Starts it without waiting for anything. */
  launch(): ChildProcess {
    if (this.#child) throw new Error(`${this.name} runs already`);
    this.life++;
    const flags = this.script === SCRIPT ? [...this.#flags, ...this.#newerFlags] : this.#flags;
    const nodeFlags = ["--max-semi-space-size=8", "--v8-pool-size=1", ...this.nodeFlags];
    const child = spawn(process.execPath, [...nodeFlags, this.script, ...flags, ...this.moreFlags], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        this.output += chunk;
      });
    }
    alive.add(child);
    child.once("exit", () => {
      alive.delete(child);
      this.#child = null;
      this.routed = false;
    });
    this.#child = child;
    return child;
  }

  /** kill -9. Resolves when the process is gone. */
  async kill(): Promise<void> {
    const ending = this.ending();
    this.signal("SIGKILL");
    await ending;
  }

  /** SIGTERM. Resolves with how it ended. */
  terminate(): Promise<Ending> {
    const ending = this.ending();
    this.signal("SIGTERM");
    return ending;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Resolves when this life has ended. */
  async ending(): Promise<Ending> {
    if (!this.#child) throw new Error(`${this.name} does not run`);
    const [code, signal] = await once(this.#child, "close");
    return code ?? signal;
  }

  /** The JSON (or text) at `path`. Throws for every status but 200. */
  async get(path: string): Promise<unknown> {
    const answer = await fetch(this.url + path, { signal: AbortSignal.timeout(ANSWER_MS) });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${this.name} answers ${path} with ${answer.status}: ${text}`);
    return text.startsWith("{") ? JSON.parse(text) : text;
  }

  /** What it shows of the cluster, or null when it does not answer. */
  view(): Promise<ClusterJson | null> {
    return this.get("/v1/cluster").then(
      (view) => view as ClusterJson,
      () => null,
    );
  }
}
