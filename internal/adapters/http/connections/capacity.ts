import { readFileSync } from "node:fs";

/** Most event streams on a node. Memory limits them: each takes up to 30 kB (`npm run bench -- --only streams`). */
const MAX_STREAMS = 10_000;
/** Open files that a node needs for its journals, its store, its peers, and the files of the page. */
const OTHER_FILES = 256;
/** Largest share of the connections that streams may take. The rest is for hits. */
const STREAMS_SHARE = 0.8;

/** How many clients a node serves at the same time. */
export interface Capacity {
  readonly streams: number;
  /** Infinity if the limit is unknown. */
  readonly connections: number;
  /** The limit of open files, if it is what limits the streams; otherwise null. */
  readonly openFiles: number | null;
}

/** `openFiles`: the limit of open files of this process; null if it is unknown. */
export function capacityFor(openFiles: number | null): Capacity {
  if (openFiles === null) return { streams: MAX_STREAMS, connections: Number.POSITIVE_INFINITY, openFiles: null };
  const connections = Math.max(1, openFiles - OTHER_FILES);
  const streams = Math.floor(connections * STREAMS_SHARE);
  if (streams >= MAX_STREAMS) return { streams: MAX_STREAMS, connections, openFiles: null };
  return { streams, connections, openFiles };
}

/** The limit of open files of this process, which Node has raised to the hard limit. Null where it cannot be read. */
export function openFilesLimit(): number | null {
  if (process.platform !== "linux") return null;
  const limits = readFileSync("/proc/self/limits", "utf8");
  const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return limit === undefined ? null : Number(limit);
}
