import { pathText, plural } from "../cli/text.ts";
import type { NodeSettings } from "../settings/node_settings.ts";

/** Messages to the person in whose terminal a node runs, beside its log. */
export interface TerminalMessages {
  serving(url: string): void;
  /** A signal asked it to stop. */
  stopping(): void;
  /** Its process ends. `left`: acknowledged hits that are not committed; `kept`: whether the journal has them. */
  ended(left: number, kept: boolean): void;
}

/** Silent if the log is JSON, which is for programs, and if a supervisor writes its own messages. */
export function terminalMessages(
  settings: NodeSettings,
  write = (line: string) => console.log(line),
): TerminalMessages {
  if (settings.log !== "text" || process.connected) return { serving() {}, stopping() {}, ended() {} };
  return {
    serving: (url) => write(invitation(url)),
    stopping: () => write(stopping(settings)),
    ended: (left, kept) => left > 0 && write(remaining(left, kept, settings)),
  };
}

function invitation(url: string): string {
  return [
    "",
    `  Open ${url} in a browser: every visit counts, and every node's page shows it.`,
    "  Ctrl-C stops this node. Start it on the same port to continue with its data.",
    "",
  ].join("\n");
}

function stopping({ drainTimeout }: NodeSettings): string {
  return `Stopping: committing the last hits, for at most ${drainTimeout / 1000} s. Press Ctrl-C again to stop at once.`;
}

function remaining(left: number, kept: boolean, { dataDir }: NodeSettings): string {
  const hits = plural(left, "hit");
  if (dataDir === null)
    return `${hits} ${left === 1 ? "was" : "were"} not committed and ${left === 1 ? "is" : "are"} lost: the node had no data directory.`;
  if (!kept)
    return `${hits} ${left === 1 ? "was" : "were"} not committed and ${left === 1 ? "is" : "are"} lost: ${pathText(dataDir)} was deleted or moved.`;
  return `${hits} ${left === 1 ? "is" : "are"} not committed yet: safe in ${pathText(dataDir)}, and counted after the next start.`;
}
