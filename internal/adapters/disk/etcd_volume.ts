import { closeSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Disk, VolumeNote } from "../../core/operator/etcd_member.ts";
import { noteText, readNote } from "../../core/operator/etcd_member_note.ts";
import { type MemberVolume, PreparationError } from "../../ports/etcd_member.ts";
import { replaceFile, syncDirectory } from "./durable_files.ts";
import { identityIn } from "./etcd_wal.ts";
import { makeFolder } from "./folders.ts";

/**
 * The folder that a volume is mounted at. etcd's data have a folder of their own in it, because a file system has its `lost+found`
 * at the top, and because only so data can be put aside in one step.
 */
export class EtcdVolume implements MemberVolume {
  /** For etcd's configuration. */
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
    this.#checked("written", () => {
      makeFolder(dirname(this.#note));
      closeSync(replaceFile(this.#note, noteText(note)));
      syncDirectory(this.#note);
    });
  }

  setAside(): void {
    this.#checked("written", () => {
      rmSync(this.#aside, { recursive: true, force: true });
      renameSync(this.dataFolder, this.#aside);
      syncDirectory(this.#aside);
    });
  }

  clear(): void {
    this.#checked("written", () => {
      if (this.#logFiles().length === 0) rmSync(this.dataFolder, { recursive: true, force: true });
    });
  }

  #readNote(): VolumeNote | null {
    if (!existsSync(this.#note)) return null;
    const note = readNote(readFileSync(this.#note, "utf8"));
    if (note === null)
      throw new PreparationError(
        `${this.#note} does not say whose volume this is; mend it, or delete the claim to begin with an empty disk`,
      );
    return note;
  }

  #data(): Disk["data"] {
    const newest = this.#logFiles().at(-1);
    if (newest === undefined) return null;
    return identityIn(join(this.#logFolder, newest)) ?? "unreadable";
  }

  /** Oldest first. etcd makes the first one under another name: if there is one, it is whole. */
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
      throw new PreparationError(`the volume could not be ${what}: ${(cause as Error).message}${advice(cause)}`, {
        cause,
      });
    }
  }
}

function advice(error: unknown): string {
  const denied = error instanceof Error && "code" in error && error.code === "EACCES";
  return denied
    ? "; it has to belong to the user or the group of this process, and volumes of type hostPath heed no fsGroup: make their folder writable"
    : "";
}
