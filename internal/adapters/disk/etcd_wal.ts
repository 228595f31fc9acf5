import { closeSync, openSync, readSync } from "node:fs";
import type { Identity } from "../../core/etcd_member/member.ts";

/** A checksum and the metadata are a few dozen bytes each. */
const HEAD_BYTES = 1024;
/** server/storage/wal of etcd 3.6: every file of the log begins with a checksum and the metadata. */
const METADATA_RECORD = 1;

/** Member and cluster that wrote the log file at `path`; null if its format is unknown. Throws the system's error. */
export function identityIn(path: string): Identity | null {
  const head = Buffer.alloc(HEAD_BYTES);
  const fd = openSync(path, "r");
  try {
    return identityOf(head.subarray(0, readSync(fd, head)));
  } finally {
    closeSync(fd);
  }
}

function identityOf(head: Buffer): Identity | null {
  for (let at = 0; at + 8 <= head.length; ) {
    const { length, padding } = frameAt(head, at);
    const record = fieldsOf(head.subarray(at + 8, at + 8 + length));
    if (length === 0 || record === null) return null;
    const data = record.get(3);
    if (record.get(1) === BigInt(METADATA_RECORD) && Buffer.isBuffer(data)) return identityFrom(data);
    at += 8 + length + padding;
  }
  return null;
}

/** Before each record are eight bytes: seven for its length, and a top one. If that is negative, its low bits are the padding. */
function frameAt(head: Buffer, at: number): { length: number; padding: number } {
  const top = head.readUInt8(at + 7);
  return { length: Number(head.readBigUInt64LE(at) & 0xff_ffff_ffff_ffffn), padding: top >= 0x80 ? top & 7 : 0 };
}

function identityFrom(metadata: Buffer): Identity | null {
  const fields = fieldsOf(metadata);
  const [member, cluster] = [fields?.get(1), fields?.get(2)];
  if (typeof member !== "bigint" || typeof cluster !== "bigint") return null;
  return { member: String(member), cluster: String(cluster) };
}

/** Fields of a protocol buffer by number; null if it is truncated, or has fields other than varints and byte strings. */
function fieldsOf(message: Buffer): ReadonlyMap<number, bigint | Buffer> | null {
  const fields = new Map<number, bigint | Buffer>();
  let at = 0;
  const number = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined || shift > 63n) return null;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = number();
    const value = tag === null ? null : number();
    if (tag === null || value === null) return null;
    const kind = Number(tag & 7n);
    if (kind !== 0 && kind !== 2) return null;
    if (kind === 2 && at + Number(value) > message.length) return null;
    fields.set(Number(tag >> 3n), kind === 0 ? value : message.subarray(at, at + Number(value)));
    if (kind === 2) at += Number(value);
  }
  return fields;
}
