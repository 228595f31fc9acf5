import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
/** Bytes of a pixel: red, green, blue. */
const PIXEL = 3;

/** A picture as a table of colours has no more of them. */
const MOST_COLOURS = 256;

/** Nearly the same picture in half the bytes, with 256 colours of its own. `png`: 8-bit RGB, not interlaced. */
export function smallPng(png: Buffer): Buffer {
  const chunks = chunksOf(png);
  const header = chunks.find(([type]) => type === "IHDR")?.[1];
  if (header?.readUInt32BE(8) !== 0x08020000)
    throw new Error("this PNG is not of 8-bit RGB: take it without transparency");
  const data = Buffer.concat(chunks.filter(([type]) => type === "IDAT").map(([, part]) => part));
  const rows = unfiltered(inflateSync(data), header.readUInt32BE(0) * PIXEL).map(coloursOf);
  const table = mostFrequent(rows);
  const places = new Map(table.map((colour, place) => [colour, place]));
  const indexed = Buffer.concat(
    rows.flatMap((row) => [Buffer.of(0), Buffer.from(row.map((it) => placeOf(it, table, places)))]),
  );
  const colours = Buffer.concat(table.map((colour) => Buffer.of(...channels(colour))));
  // Eight bits for each pixel, which are places in the table.
  const changed = Buffer.concat([header.subarray(0, 8), Buffer.of(8, 3, 0, 0, 0)]);
  const parts = [chunk("IHDR", changed), chunk("PLTE", colours), chunk("IDAT", deflateSync(indexed, { level: 9 }))];
  return Buffer.concat([SIGNATURE, ...parts, chunk("IEND", Buffer.alloc(0))]);
}

function coloursOf(row: Buffer): number[] {
  return Array.from({ length: row.length / PIXEL }, (_, x) => row.readUIntBE(x * PIXEL, PIXEL));
}

/** The most frequent colours, without those that look like a more frequent one: thin lines keep their colour too. */
function mostFrequent(rows: readonly number[][]): number[] {
  const counts = new Map<number, number>();
  for (const colour of rows.flat()) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const sorted = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!);
  const chosen: number[] = [];
  for (const colour of sorted) {
    if (chosen.length === MOST_COLOURS) break;
    if (chosen.every((other) => distance(colour, other) > ALIKE)) chosen.push(colour);
  }
  return chosen;
}

/** Of the sums of squares of differences, the largest that nobody sees. */
const ALIKE = 60;

function distance(colour: number, other: number): number {
  const [one, two] = [channels(colour), channels(other)];
  return one.reduce((sum, it, at) => sum + (it - two[at]!) ** 2, 0);
}

/** The place of the nearest colour that there is; noted, so that each is looked for once. */
function placeOf(colour: number, table: readonly number[], places: Map<number, number>): number {
  const known = places.get(colour);
  if (known !== undefined) return known;
  const distances = table.map((other) => distance(colour, other));
  const nearest = distances.indexOf(Math.min(...distances));
  places.set(colour, nearest);
  return nearest;
}

function channels(colour: number): [red: number, green: number, blue: number] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

function chunksOf(png: Buffer): [type: string, data: Buffer][] {
  const found: [string, Buffer][] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    found.push([png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  return found;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

/** Rows of pixels from rows that each say, in their first byte, how they were filtered. */
function unfiltered(data: Buffer, length: number): Buffer[] {
  const rows: Buffer[] = [];
  for (let at = 0; at < data.length; at += length + 1) {
    const row = Buffer.from(data.subarray(at + 1, at + 1 + length));
    const above = rows.at(-1) ?? Buffer.alloc(length);
    for (let i = 0; i < length; i++) {
      const [left, corner] = i < PIXEL ? [0, 0] : [row[i - PIXEL]!, above[i - PIXEL]!];
      row[i] = row[i]! + predicted(data[at]!, left, above[i]!, corner);
    }
    rows.push(row);
  }
  return rows;
}

/** The filters of PNG: none, left, above, average, Paeth's. */
function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 3) return (left + above) >> 1;
  if (filter < 4) return [0, left, above][filter]!;
  const distances = [left, above, corner].map((one) => Math.abs(left + above - corner - one));
  return [left, above, corner][distances.indexOf(Math.min(...distances))]!;
}
