import { crc32 } from "node:zlib";
import type { SeededRandom } from "../simulation/seeded_random.ts";

/** Makes other bytes from one sample, or from two. */
export type Variation = (random: SeededRandom, sample: Buffer, other: Buffer) => Buffer;

/** Damage that a disk, a network or a copy does: flipped bits, a cut, and the beginning of one sample before the end of another. */
export const BYTES: readonly Variation[] = [flipped, truncated, spliced, inserted];

/** What a person, another program or another release may write: a JSON text in which one value is another one. */
export const JSON_VALUES: readonly Variation[] = [otherValue];

/** The same for a JSON line before binary records. */
export const FIRST_LINE: readonly Variation[] = [
  (random, sample) => {
    const end = sample.indexOf(0x0a);
    return Buffer.concat([otherValue(random, sample.subarray(0, Math.max(0, end))), sample.subarray(end)]);
  },
];

/** The same for JSON behind the first line. */
export const REST_JSON: readonly Variation[] = [
  (random, sample) => {
    const rest = sample.indexOf(0x0a) + 1;
    return Buffer.concat([sample.subarray(0, rest), otherValue(random, sample.subarray(rest))]);
  },
];

/** The same for one line of a journal, with a checksum that is right. */
export const JOURNAL_LINE: readonly Variation[] = [
  (random, sample) => {
    const lines = sample.toString().split("\n").slice(0, -1);
    const at = random.between(0, lines.length - 1);
    const json = otherValue(random, Buffer.from(lines[at]?.slice(9) ?? "")).toString();
    lines[at] = `${crc32(json).toString(16).padStart(8, "0")} ${json}`;
    return Buffer.from(`${lines.join("\n")}\n`);
  },
];

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  "",
  "1.5",
  "-7",
  "0x10",
  " 12",
  "9".repeat(50),
  "\u0000",
  "\ud800",
  "x".repeat(300),
  [],
  [null],
  {},
  { toString: 1, valueOf: 2 },
  { length: -1 },
];
const ODD_KEYS = ["", "__proto__", "toString", "Visits!", "x".repeat(300)];

function flipped(random: SeededRandom, sample: Buffer): Buffer {
  const bytes = Buffer.from(sample);
  for (let i = random.between(1, 8); i > 0 && bytes.length > 0; i--) {
    const at = random.between(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
  }
  return bytes;
}

function truncated(random: SeededRandom, sample: Buffer): Buffer {
  return sample.subarray(0, random.between(0, sample.length));
}

function spliced(random: SeededRandom, sample: Buffer, other: Buffer): Buffer {
  return Buffer.concat([truncated(random, sample), other.subarray(random.between(0, other.length))]);
}

function inserted(random: SeededRandom, sample: Buffer): Buffer {
  const at = random.between(0, sample.length);
  const more = Buffer.from(Array.from({ length: random.between(1, 9) }, () => random.between(0, 255)));
  return Buffer.concat([sample.subarray(0, at), more, sample.subarray(at)]);
}

function otherValue(random: SeededRandom, sample: Buffer): Buffer {
  let root: unknown;
  try {
    root = JSON.parse(sample.toString());
  } catch {
    return flipped(random, sample);
  }
  const places = [...placesIn(root)];
  if (places.length === 0 || random.chance(0.05)) return json(random.pick(ODD_VALUES));
  change(random, random.pick(places));
  return json(root);
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every field and list item in `value`. */
function* placesIn(value: unknown): Generator<Place> {
  if (typeof value !== "object" || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    yield { holder, key };
    yield* placesIn(holder[key]);
  }
}

function change(random: SeededRandom, { holder, key }: Place): void {
  const how = random.fraction();
  if (how < 0.15) delete holder[key];
  else if (how < 0.3) holder[random.pick(ODD_KEYS)] = holder[key];
  else holder[key] = random.pick(ODD_VALUES);
}

/** With 1e999, which JSON allows and a double does not hold, for 1e300. */
function json(value: unknown): Buffer {
  return Buffer.from((JSON.stringify(value) ?? "null").replaceAll("1e+300", "1e999"));
}
