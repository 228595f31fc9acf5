import { readFileSync } from "node:fs";
import { totalmem } from "node:os";

/** Most event streams on a node, however much memory it has: a round tells each of them. */
const MAX_STREAMS = 10_000;
/** What a stream takes, with its connection (`npm run bench -- --only streams`). */
const STREAM_BYTES = 30_000;
/** Largest share of the memory that streams may take. The rest is for counting. */
const MEMORY_SHARE = 0.5;
/** Open files that a node needs for its journals, its store, its peers, and the files of the page. */
const OTHER_FILES = 256;
/** Largest share of the connections that streams may take. The rest is for hits. */
const STREAMS_SHARE = 0.8;

/** How many clients a node serves at the same time. */
export interface Capacity {
  readonly streams: number;
  /** What limits the streams, for people; empty: nothing that could be raised. */
  readonly limit: string;
  /** Infinity if the limit is unknown. */
  readonly connections: number;
  /** The limit of open files, if it is what limits the streams; otherwise null. */
  readonly openFiles: number | null;
}

/** What a process may use. Null: unknown. */
export interface ProcessLimits {
  readonly openFiles: number | null;
  /** Bytes. */
  readonly memory: number | null;
}

export function capacityFor({ openFiles, memory }: ProcessLimits): Capacity {
  const connections = openFiles === null ? Number.POSITIVE_INFINITY : Math.max(1, openFiles - OTHER_FILES);
  const byFiles = Math.floor(connections * STREAMS_SHARE);
  const byMemory = memory === null ? MAX_STREAMS : Math.floor((memory * MEMORY_SHARE) / STREAM_BYTES);
  const streams = Math.min(MAX_STREAMS, byFiles, byMemory);
  if (streams === MAX_STREAMS) return { streams, limit: "", connections, openFiles: null };
  if (byMemory < byFiles) return { streams, limit: `its memory is ${megabytes(memory)}`, connections, openFiles: null };
  return { streams, limit: `its limit of open files is ${openFiles} (ulimit -n)`, connections, openFiles };
}

function megabytes(bytes: number | null): string {
  return `${Math.round((bytes ?? 0) / 1_000_000)} MB`;
}

/** The limits of this process. Node has raised the one of open files to the hard limit. */
export function processLimits(): ProcessLimits {
  // 0, or more than there is: the process is in no group with a limit.
  const constrained = process.constrainedMemory();
  return { openFiles: openFilesLimit(), memory: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem() };
}

/** Null where it cannot be read. */
function openFilesLimit(): number | null {
  if (process.platform !== "linux") return null;
  const limits = readFileSync("/proc/self/limits", "utf8");
  const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return limit === undefined ? null : Number(limit);
}
