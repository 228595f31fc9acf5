import { relative } from "node:path";
import { plural } from "./cli/text.ts";
import type { NodeSettings } from "./settings/node_settings.ts";

/** What a node says to the person in whose terminal it runs, beside its log. */
export interface TerminalWords {
  serves(url: string): void;
  /** It was asked to stop. */
  stops(): void;
  /** Its process ends. `left`: acknowledged hits that are not committed; `kept`: whether they are on disk. */
  ends(left: number, kept: boolean): void;
}

/** A log in JSON is for programs, and a supervised node has a supervisor that speaks: then nothing is said. */
export function terminalWords(settings: NodeSettings, say = (line: string) => console.log(line)): TerminalWords {
  if (settings.log !== "text" || process.connected) return { serves() {}, stops() {}, ends() {} };
  return {
    serves: (url) => say(invitation(url)),
    stops: () => say(stopping(settings)),
    ends: (left, kept) => left > 0 && say(remaining(left, kept, settings)),
  };
}

function invitation(url: string): string {
  return [
    "",
    `  Open ${url} in a browser: every visit counts, and every node's page shows it.`,
    "  Ctrl-C stops this node; the next start on this port goes on with what it keeps.",
    "",
  ].join("\n");
}

function stopping({ drainTimeout }: NodeSettings): string {
  return `Stopping: the node hands in its last hits, for ${drainTimeout / 1000} s at most. Ctrl-C again ends it at once.`;
}

function remaining(left: number, kept: boolean, { dataDirectory }: NodeSettings): string {
  const [is, stays] = left === 1 ? ["is", "stays"] : ["are", "stay"];
  const hits = plural(left, "hit");
  if (dataDirectory === null) return `${hits} ${is} lost: not committed, and there is no data directory.`;
  if (!kept) return `${hits} ${is} lost: not committed, and ${nearby(dataDirectory)} was deleted or moved.`;
  return `${hits} ${stays} in ${nearby(dataDirectory)} and ${is} counted at the next start.`;
}

function nearby(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
