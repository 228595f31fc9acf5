import { bashScript } from "./bash.ts";
import type { ListedCommand } from "./listed_command.ts";
import { zshScript } from "./zsh.ts";

/** Shells that `global-cluster completion` writes a script for. */
export const SHELLS = ["bash", "zsh"] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that completes `commands` in a shell. */
export function completionScript(shell: Shell, commands: readonly ListedCommand[]): string {
  return shell === "bash" ? bashScript(commands) : zshScript(commands);
}
