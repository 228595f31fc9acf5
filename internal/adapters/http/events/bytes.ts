import { deflated, GZIP_START } from "../gzip/pieces.ts";

/** A part of event streams. Its bytes are made once for all readers, when the first reader needs them. */
export interface EventBytes {
  readonly plain: Buffer;
  /** For compressed streams: deflate blocks that refer to nothing before them, so that they fit into each reader's stream. */
  readonly zipped: Buffer;
}

export function eventBytes(text: string): EventBytes {
  const made = lazily(
    () => Buffer.from(text),
    () => deflated(made.plain),
  );
  return made;
}

/** Joins parts. A part that several messages share is compressed once for all of them. */
export function joinedBytes(...parts: readonly EventBytes[]): EventBytes {
  return lazily(
    () => Buffer.concat(parts.map(({ plain }) => plain)),
    () => Buffer.concat(parts.map(({ zipped }) => zipped)),
  );
}

/** The start of a stream. A compressed stream has no end: it stops with its connection. */
export function streamStart(text: string): EventBytes {
  const bytes = eventBytes(text);
  return lazily(
    () => bytes.plain,
    () => Buffer.concat([Buffer.from(GZIP_START, "latin1"), bytes.zipped]),
  );
}

function lazily(makePlain: () => Buffer, makeZipped: () => Buffer): EventBytes {
  let plain: Buffer | null = null;
  let zipped: Buffer | null = null;
  return {
    get plain() {
      plain ??= makePlain();
      return plain;
    },
    get zipped() {
      zipped ??= makeZipped();
      return zipped;
    },
  };
}
