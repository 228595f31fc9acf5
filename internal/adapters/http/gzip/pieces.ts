import { constants, crc32, deflateRawSync } from "node:zlib";
import { factorOf, joinedChecksum } from "./checksum.ts";

/**
 * Text that is compressed before the requests come. Its blocks refer to nothing before them and end at a whole byte. So pieces, and
 * between them the text that differs from request to request, form one gzip stream (RFC 1951 and 1952).
 */
export interface Piece {
  /** ASCII. */
  readonly text: string;
  /** Blocks, none of them marked as the last, one character per byte. */
  readonly blocks: string;
  readonly checksum: number;
  /** The factor by which this piece multiplies the checksum before it. */
  readonly factor: number;
}

/** `text`: ASCII. */
export function pieceOf(text: string): Piece {
  const bytes = Buffer.from(text, "latin1");
  return { text, blocks: deflated(bytes).toString("latin1"), checksum: crc32(bytes), factor: factorOf(bytes.length) };
}

/** Compresses to blocks, none of them marked as the last. */
export function deflated(bytes: Buffer): Buffer {
  return deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH });
}

/** Joins two pieces. */
export function joined(first: Piece, second: Piece): Piece {
  const text = first.text + second.text;
  const checksum = joinedChecksum(first.checksum, second.checksum, second.factor);
  return { text, blocks: first.blocks + second.blocks, checksum, factor: factorOf(text.length) };
}

/** The header of a gzip stream: deflate, no name, no time, unknown system. */
export const GZIP_START = "\x1f\x8b\x08\0\0\0\0\0\0\xff";
const LAST_BLOCK = "\x03\0";

/** A complete gzip stream of two pieces and a text between them, one character per byte. `between`: ASCII, at most 65,535 bytes. */
export function gzipAround(before: Piece, between: string, after: Piece): string {
  const checksum = joinedChecksum(crc32(between, before.checksum), after.checksum, after.factor);
  const size = before.text.length + between.length + after.text.length;
  const blocks = before.blocks + stored(between) + after.blocks;
  return GZIP_START + blocks + LAST_BLOCK + word(checksum) + word(size);
}

/** An uncompressed block. */
function stored(text: string): string {
  const { length } = text;
  return `\0${String.fromCharCode(length & 255, length >>> 8, ~length & 255, (~length >>> 8) & 255)}${text}`;
}

function word(number: number): string {
  return String.fromCharCode(number & 255, (number >>> 8) & 255, (number >>> 16) & 255, number >>> 24);
}
