/** Fields of etcd's StatusResponse: api/etcdserverpb/rpc.proto of etcd 3.6. The description of them in etcd3 is older, and lacks the quota. */
const DB_SIZE = 3;
const DB_SIZE_QUOTA = 12;

/** Wire types: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const BYTES = 2;
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([
  [1, 8],
  [5, 4],
]);

interface Reader {
  readonly message: Uint8Array;
  at: number;
}

/** Share of its quota that a member's database has, from its encoded StatusResponse; null from etcd before 3.6, which does not tell its quota. */
export function usedShareIn(response: Uint8Array): number | null {
  const numbers = numbersIn(response);
  const quota = numbers.get(DB_SIZE_QUOTA) ?? 0;
  return quota > 0 ? (numbers.get(DB_SIZE) ?? 0) / quota : null;
}

/** The message's varint fields, by field number. Reading ends at what is no message. */
function numbersIn(message: Uint8Array): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  const reader = { message, at: 0 };
  while (reader.at < message.length) {
    const tag = varint(reader);
    const type = tag % 8;
    if (type === VARINT) numbers.set(Math.floor(tag / 8), varint(reader));
    else skip(reader, type);
  }
  return numbers;
}

function skip(reader: Reader, type: number): void {
  const length = type === BYTES ? varint(reader) : FIXED_BYTES.get(type);
  reader.at += length ?? reader.message.length;
}

function varint(reader: Reader): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = reader.message[reader.at++] ?? 0;
    value += (byte % 128) * scale;
    if (byte < 128) return value;
  }
}
