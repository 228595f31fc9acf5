import { memberIn } from "../../core/cluster/member_fields.ts";
import type { Member } from "../../ports/discovery.ts";
import type { LeaderIdentity } from "../../ports/election.ts";
import type { EntryRange, LeaderKey } from "../../ports/store.ts";
import { LEADER_NAME } from "../../ports/store_writes.ts";

/** The keys below the prefix: `ledger/leader`, `ledger/<entry>`, `nodes/<id>` and `owner`. The leader key lies among the entries, so that one permission is enough for both. */
export interface Keys {
  readonly leader: Buffer;
  /** The owner of the prefix, if one claimed it. */
  readonly owner: Buffer;
  entry(name: string): Buffer;
  entries(range: EntryRange): Range;
  /** Name of the entry under `key`. */
  nameOf(key: Buffer): string;
  node(id: string): Buffer;
  readonly nodes: Range;
}

export interface Range {
  readonly key: Buffer;
  readonly range_end: Buffer;
}

interface KeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly create_revision: string;
  readonly lease: string;
}

/** The keys below `prefix`, which ends with a slash. */
export function keysBelow(prefix: string): Keys {
  const folder = `${prefix}ledger/`;
  const folderBytes = Buffer.byteLength(folder);
  return {
    leader: Buffer.from(`${folder}${LEADER_NAME}`),
    owner: Buffer.from(`${prefix}owner`),
    entry: (name) => Buffer.from(`${folder}${name}`),
    entries: ({ from, to }) => ({
      key: Buffer.from(`${folder}${from}`),
      range_end: Buffer.from(`${folder}${to}`),
    }),
    node: (id) => Buffer.from(`${prefix}nodes/${id}`),
    nameOf: (key) => key.toString("utf8", folderBytes),
    nodes: everythingBelow(`${prefix}nodes/`),
  };
}

/** "0" follows "/", so it ends the range of all keys that begin with `folder`. */
function everythingBelow(folder: string): Range {
  return { key: Buffer.from(folder), range_end: Buffer.from(`${folder.slice(0, -1)}0`) };
}

export function encodeLeader(candidate: LeaderIdentity): Buffer {
  return Buffer.from(JSON.stringify({ nodeId: candidate.nodeId, address: candidate.address }));
}

/** The leader in `kv`. A value of unknown content has an empty id and address; its revision still fences. */
export function decodeLeader(kv: KeyValue | undefined): LeaderKey | null {
  if (!kv) return null;
  const { nodeId, address } = fieldsIn(kv.value);
  return {
    epoch: Number(kv.create_revision),
    nodeId: textOr(nodeId, ""),
    address: textOr(address, ""),
    nonce: kv.lease,
    lease: kv.lease,
  };
}

/** The owner that a claim names. Fields that are not text are missing. */
export function decodeOwner(value: Buffer): Readonly<Record<"namespace" | "name" | "uid", string | undefined>> {
  const { namespace, name, uid } = fieldsIn(value);
  return { namespace: textOr(namespace, undefined), name: textOr(name, undefined), uid: textOr(uid, undefined) };
}

export function encodeMember(member: Member): Buffer {
  const { id, name, region, peerAddress, url } = member;
  return Buffer.from(JSON.stringify({ id, name, region, peerAddress, url }));
}

/** Null if the value is not a registration. */
export function decodeMember(value: Buffer): Member | null {
  return memberIn(value.toString());
}

/** The fields of a JSON object; none for any other value. */
function fieldsIn(value: Buffer): Readonly<Record<string, unknown>> {
  try {
    const object: unknown = JSON.parse(value.toString());
    return typeof object === "object" && object !== null ? (object as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === "string" ? value : otherwise;
}
