import { readFileSync } from "node:fs";

/** Most event streams on a node, as its memory goes: up to 30 kB each (`npm run bench -- --only streams`). */
const MOST_STREAMS = 10_000;
/** Files that a node needs for other things: its journals and store, its peers, the files of the page. */
const OTHER_FILES = 256;
/** Streams take this share of the connections at most: hits must get in, however many look on. */
const STREAMS_SHARE = 0.8;

/** How many clients a node takes at a time. */
export interface Capacity {
  readonly streams: number;
  /** Infinite where the limit is not known. */
  readonly connections: number;
  /** Open files that this process may have, if that is what limits the streams; else null. */
  readonly openFiles: number | null;
}

/** `openFiles`: how many this process may have; null: not known. */
export function capacityFor(openFiles: number | null): Capacity {
  if (openFiles === null) return { streams: MOST_STREAMS, connections: Number.POSITIVE_INFINITY, openFiles: null };
  const connections = Math.max(1, openFiles - OTHER_FILES);
  const streams = Math.floor(connections * STREAMS_SHARE);
  if (streams >= MOST_STREAMS) return { streams: MOST_STREAMS, connections, openFiles: null };
  return { streams, connections, openFiles };
}

/** How many files this process may have open (Node has raised the soft limit to the hard one); null where nobody tells. */
export function openFilesLimit(): number | null {
  if (process.platform !== "linux") return null;
  const limits = readFileSync("/proc/self/limits", "utf8");
  const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return limit === undefined ? null : Number(limit);
}
