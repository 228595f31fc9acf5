import { type ChildProcess, fork } from "node:child_process";
import type { NodeNews } from "../node/supervision.ts";
import { EXIT_SETTINGS } from "../settings/read/from_process.ts";
import { VARIABLE_PREFIX } from "../settings/read/setting.ts";
import type { NodePlan } from "./node_plan.ts";

export interface NodeEvents {
  news(node: SupervisedNode, news: NodeNews): void;
  /** It ended unasked and starts again in `delay` milliseconds; `how` is for people. */
  died(node: SupervisedNode, how: string, delay: number): void;
  /** It will not start again. */
  left(node: SupervisedNode, ending: Ending): void;
}

/**
 * - `drained`: as it was asked to, or before it was ready
 * - `broken`: it was asked to drain and ended otherwise
 * - `refused`: it says that its settings cannot work here
 */
export type Ending = "drained" | "broken" | "refused";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 5000;
/** A process that lived this long begins with the first delay again. */
const STEADY_MS = 10_000;

/** A node as a child process, started again whenever it ends unasked. */
export class SupervisedNode {
  readonly plan: NodePlan;
  readonly #script: URL;
  readonly #events: NodeEvents;
  #child: ChildProcess | null = null;
  #restart: NodeJS.Timeout | null = null;
  #stopping = false;
  #startedAt = 0;
  #delay = FIRST_DELAY_MS;

  constructor(plan: NodePlan, script: URL, events: NodeEvents) {
    this.plan = plan;
    this.#script = script;
    this.#events = events;
  }

  start(): void {
    this.#restart = null;
    this.#startedAt = performance.now();
    const child = fork(this.#script, this.plan.flags, {
      // A process group of its own: Ctrl-C reaches the supervisor alone, which then asks each node once.
      detached: true,
      env: withoutOurVariables(process.env),
      execArgv: [],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    child.on("message", (news) => this.#events.news(this, news as NodeNews));
    child.on("error", (error) => child.pid === undefined && this.#ended(null, error.message));
    child.on("exit", (code, signal) => {
      const ended = () => this.#ended(code, signal ?? `exit code ${code}`);
      // Its last news may still be on the way.
      if (child.connected) child.once("disconnect", ended);
      else ended();
    });
  }

  /** Asks it to drain. */
  stop(): void {
    this.#stopping = true;
    if (this.#child) this.#child.kill("SIGTERM");
    else if (this.#restart) this.#leave("drained");
  }

  /** Ends it at once. */
  kill(): void {
    this.#stopping = true;
    this.#child?.kill("SIGKILL");
  }

  #ended(code: number | null, how: string): void {
    this.#child = null;
    if (code === EXIT_SETTINGS) this.#leave("refused");
    // SIGTERM ends a process that is too young to have its own answer to it.
    else if (this.#stopping) this.#leave(code === 0 || how === "SIGTERM" ? "drained" : "broken");
    else this.#startAgain(how);
  }

  #startAgain(how: string): void {
    if (performance.now() - this.#startedAt > STEADY_MS) this.#delay = FIRST_DELAY_MS;
    const delay = this.#delay;
    this.#delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    this.#restart = setTimeout(() => this.start(), delay);
    this.#events.died(this, how, delay);
  }

  #leave(ending: Ending): void {
    if (this.#restart) clearTimeout(this.#restart);
    this.#restart = null;
    this.#events.left(this, ending);
  }
}

/** The supervisor's own settings (its port, its data directory) would be mistaken for the node's. */
function withoutOurVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith(VARIABLE_PREFIX)));
}
