import type { Founding, VolumeNote } from "./member.ts";

/** The note as it is written on the volume, and as members with empty disks send it to each other. */
export function noteText(note: VolumeNote): string {
  return `${JSON.stringify(note)}\n`;
}

/** Null if `text` is not a note. */
export function readNote(text: string): VolumeNote | null {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(read)) return null;
  const { volume, members, peerUrl, founding } = read;
  if (typeof volume !== "string" || typeof peerUrl !== "string") return null;
  if (typeof members !== "number" || !Number.isSafeInteger(members)) return null;
  return founding === null || isFounding(founding) ? { volume, members, peerUrl, founding } : null;
}

export function sameFounding(one: Founding | null, other: Founding | null): boolean {
  return one !== null && other !== null && tokenOf(one) === tokenOf(other);
}

/** etcd derives its ids from this and from the addresses. So a cluster that begins anew has another id than the one before. */
export function tokenOf(founding: Founding): string {
  return Object.keys(founding)
    .sort()
    .map((name) => `${name}=${founding[name]}`)
    .join();
}

function isFounding(value: unknown): value is Founding {
  return isObject(value) && Object.values(value).every((volume) => typeof volume === "string");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
