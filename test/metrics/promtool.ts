import { spawnSync } from "node:child_process";

/** From Debian's package `prometheus`; the environment variable PROMTOOL names another one. */
const PROMTOOL = process.env.PROMTOOL || "promtool";

/** Whether promtool can be run here. */
export function hasPromtool(): boolean {
  return spawnSync(PROMTOOL, ["--version"]).error === undefined;
}

/** What `promtool check metrics` says about an exposition: nothing when all is well. */
export function complaints(exposition: string): string {
  const { error, status, stdout, stderr } = spawnSync(PROMTOOL, ["check", "metrics"], {
    input: exposition,
    encoding: "utf8",
  });
  if (error) throw new Error(`promtool (setting PROMTOOL: ${PROMTOOL}) cannot be run: ${error.message}`);
  return status === 0 ? "" : stdout + stderr || `promtool ended with ${status}`;
}
