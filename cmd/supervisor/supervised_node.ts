import { type ChildProcess, fork } from "node:child_process";
import type { SupervisorMessage } from "../node/supervision.ts";
import { EXIT_SETTINGS } from "../settings/read/from_process.ts";
import { VARIABLE_PREFIX } from "../settings/read/setting.ts";
import type { NodePlan } from "./node_plan.ts";

export interface NodeEvents {
  reported(node: SupervisedNode, report: SupervisorMessage): void;
  /** It ended unasked, and restarts in `delayMs`. `how` is for people. */
  restarting(node: SupervisedNode, how: string, delayMs: number): void;
  /** It ended and will not restart. */
  ended(node: SupervisedNode, ending: Ending): void;
}

/**
 * - `drained`: it ended as asked, or before it was ready
 * - `broken`: it was asked to drain and ended in another way
 * - `refused`: it cannot start with these settings
 */
export type Ending = "drained" | "broken" | "refused";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 5000;
/** After a process ran this long, the restart delay begins at the first one again. */
const STEADY_MS = 10_000;

/** A node as a child process. Restarts it when it ends unasked. */
export class SupervisedNode {
  readonly plan: NodePlan;
  readonly #script: URL;
  readonly #events: NodeEvents;
  #child: ChildProcess | null = null;
  #restart: NodeJS.Timeout | null = null;
  #stopping = false;
  #startedAt = 0;
  #delayMs = FIRST_DELAY_MS;

  constructor(plan: NodePlan, script: URL, events: NodeEvents) {
    this.plan = plan;
    this.#script = script;
    this.#events = events;
  }

  start(): void {
    this.#restart = null;
    this.#startedAt = performance.now();
    const child = fork(this.#script, this.plan.flags, {
      // In its own process group, so that Ctrl-C reaches only the supervisor, which then asks each node once.
      detached: true,
      // Otherwise each thread of Node keeps freed memory of its own, and V8's compiler leaves holes of 20 MB in it.
      env: { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "32768", ...withoutOurVariables(process.env) },
      // Under a flood of requests, V8 would otherwise pause for a second, and take 100 MB more. Where cores are few, its usual four threads for
      // garbage would leave a fifth of a core for hits.
      execArgv: ["--max-semi-space-size=8", "--v8-pool-size=1"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    child.on("message", (report) => this.#events.reported(this, report as SupervisorMessage));
    child.on("error", (error) => child.pid === undefined && this.#onEnd(null, error.message));
    child.on("exit", (code, signal) => {
      const ended = () => this.#onEnd(code, signal ?? `exit code ${code}`);
      // Its last report may still be on the way.
      if (child.connected) child.once("disconnect", ended);
      else ended();
    });
  }

  /** Asks it to drain. */
  stop(): void {
    this.#stopping = true;
    if (this.#child) this.#child.kill("SIGTERM");
    else if (this.#restart) this.#end("drained");
  }

  /** Ends it at once. */
  kill(): void {
    this.#stopping = true;
    this.#child?.kill("SIGKILL");
  }

  #onEnd(code: number | null, how: string): void {
    this.#child = null;
    if (code === EXIT_SETTINGS) this.#end("refused");
    // SIGTERM ends a process that has not set its own handler yet.
    else if (this.#stopping) this.#end(code === 0 || how === "SIGTERM" ? "drained" : "broken");
    else this.#scheduleRestart(how);
  }

  #scheduleRestart(how: string): void {
    if (performance.now() - this.#startedAt > STEADY_MS) this.#delayMs = FIRST_DELAY_MS;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    this.#restart = setTimeout(() => this.start(), delayMs);
    this.#events.restarting(this, how, delayMs);
  }

  #end(ending: Ending): void {
    if (this.#restart) clearTimeout(this.#restart);
    this.#restart = null;
    this.#events.ended(this, ending);
  }
}

/** The supervisor's variables have the names of the node's, for example of its port, but other meanings. */
function withoutOurVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith(VARIABLE_PREFIX)));
}
