import { deflated, GZIP_START } from "../gzip/pieces.ts";

/** A piece of event streams, in bytes that are made once for all readers, when the first one takes them. */
export interface EventBytes {
  readonly plain: Buffer;
  /** For streams that are compressed: deflate blocks that refer to nothing before them, so that each reader's stream may have had anything. */
  readonly zipped: Buffer;
}

export function eventBytes(text: string): EventBytes {
  const made = lazily(
    () => Buffer.from(text),
    () => deflated(made.plain),
  );
  return made;
}

/** One after the other: what they have in common with other messages is compressed once for all of those. */
export function joinedBytes(...parts: readonly EventBytes[]): EventBytes {
  return lazily(
    () => Buffer.concat(parts.map(({ plain }) => plain)),
    () => Buffer.concat(parts.map(({ zipped }) => zipped)),
  );
}

/** What a stream begins with. A compressed one has no end: its reader leaves, or its connection ends. */
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
