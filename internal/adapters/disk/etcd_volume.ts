import { closeSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Disk, VolumeNote } from "../../core/etcd_member/member.ts";
import { noteText, readNote } from "../../core/etcd_member/note.ts";
import { type MemberVolume, PreparationError } from "../../ports/etcd_member.ts";
import { replaceFile, syncDirectory } from "./durable_files.ts";
import { identityIn } from "./etcd_wal.ts";
import { makeFolder } from "./folders.ts";

/**
 * The volume of an etcd member. etcd's data are in a subfolder, because a file system has its `lost+found` at the top, and because one
 * rename can then set all data aside.
 */
export class EtcdVolume implements MemberVolume {
  /** etcd's `data-dir`. */
  readonly dataFolder: string;
  readonly #aside: string;
  readonly #note: string;

  constructor(path: string) {
    this.dataFolder = join(path, "data");
    this.#aside = join(path, "removed-data");
    this.#note = join(path, "member.json");
  }

  read(): Disk {
    return this.#checked("read", () => ({ note: this.#readNote(), data: this.#data() }));
  }

  note(note: VolumeNote): void {
    this.#checked("write", () => {
      makeFolder(dirname(this.#note));
      closeSync(replaceFile(this.#note, noteText(note)));
      syncDirectory(this.#note);
    });
  }

  setAside(): void {
    this.#checked("write", () => {
      rmSync(this.#aside, { recursive: true, force: true });
      renameSync(this.dataFolder, this.#aside);
      syncDirectory(this.#aside);
    });
  }

  clear(): void {
    this.#checked("write", () => {
      if (this.#logFiles().length === 0) rmSync(this.dataFolder, { recursive: true, force: true });
    });
  }

  #readNote(): VolumeNote | null {
    if (!existsSync(this.#note)) return null;
    const note = readNote(readFileSync(this.#note, "utf8"));
    if (note === null)
      throw new PreparationError(
        `Cannot read ${this.#note}: it does not say whose volume this is. Repair it, or delete the volume claim to start with an empty disk`,
      );
    return note;
  }

  #data(): Disk["data"] {
    const newest = this.#logFiles().at(-1);
    if (newest === undefined) return null;
    return identityIn(join(this.#logFolder, newest)) ?? "unreadable";
  }

  /** Oldest first. etcd creates the first one under another name and renames it, so any that exists is complete. */
  #logFiles(): string[] {
    if (!existsSync(this.#logFolder)) return [];
    return readdirSync(this.#logFolder)
      .filter((name) => name.endsWith(".wal"))
      .sort();
  }

  get #logFolder(): string {
    return join(this.dataFolder, "member", "wal");
  }

  #checked<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof PreparationError) throw cause;
      throw new PreparationError(`Cannot ${what} the volume: ${(cause as Error).message}${advice(cause)}`, {
        cause,
      });
    }
  }
}

function advice(error: unknown): string {
  const denied = error instanceof Error && "code" in error && error.code === "EACCES";
  return denied
    ? ". The user or the group of this process must own it. Volumes of type hostPath ignore fsGroup: make their folder writable"
    : "";
}
