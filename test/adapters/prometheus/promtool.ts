import { spawnSync } from "node:child_process";
import { programFile } from "../../needs.ts";

/** What `promtool check metrics` says about an exposition: nothing when all is well. */
export function complaints(exposition: string): string {
  const promtool = programFile("promtool") ?? "promtool";
  const { error, status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], {
    input: exposition,
    encoding: "utf8",
  });
  if (error) throw new Error(`Cannot run ${promtool}: ${error.message}`);
  return status === 0 ? "" : stdout + stderr || `promtool ended with ${status}`;
}
