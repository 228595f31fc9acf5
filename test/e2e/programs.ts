import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Runs a program to its end. Resolves to its output. Rejects with what it wrote to stderr. */
export async function run(program: string, args: readonly string[], input?: string): Promise<string> {
  const running = execute(program, [...args], { maxBuffer: 64 << 20, timeout: 300_000 });
  running.child.stdin?.end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
    throw new Error(`${program} ${args.join(" ")}: ${stderr || stdout || String(error)}`, { cause: error });
  }
}

/** Runs a shell command of the environment, for what only the owner of a cluster can do to it. */
export async function runShell(command: string): Promise<string> {
  return run("/bin/sh", ["-c", command]);
}

/** Waits until `holds` returns a true value, and returns it. If it never does, the last error that it threw is the reason. */
export async function until<T>(
  what: string,
  seconds: number,
  holds: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    let last = "";
    try {
      const value = await holds();
      if (value) return value;
    } catch (error) {
      last = `; last: ${error instanceof Error ? error.message : error}`;
    }
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s in vain until ${what}${last}`);
    await sleep(250);
  }
}

/** Seconds that an action took. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return (performance.now() - begin) / 1_000;
}
